<?php
// Asks by a stream: VERSION CONNECTION METHOD URL TIMES [BODY_FILE CONTENT_TYPE], where CONNECTION is a header or empty.
// Prints each body and, on a line of its own, status and type.
[, $version, $connection, $method, $url, $times] = $argv;
$http = ['protocol_version' => (float) $version, 'method' => $method, 'ignore_errors' => true];
$headers = $connection === '' ? [] : ["Connection: $connection"];
if (isset($argv[6])) {
    $http['content'] = file_get_contents($argv[6]);
    $headers[] = "Content-Type: $argv[7]";
}
$context = stream_context_create(['http' => $http + ['header' => $headers]]);
for ($i = 0; $i < $times; $i++) {
    $body = file_get_contents($url, false, $context);
    $status = explode(' ', $http_response_header[0])[1];
    $type = substr(current(preg_grep('/^Content-Type: /', $http_response_header)), strlen('Content-Type: '));
    echo "$body\n$status $type\n";
}
