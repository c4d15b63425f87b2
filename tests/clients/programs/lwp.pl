# Asks by LWP: METHOD URL TIMES [BODY_FILE CONTENT_TYPE]. Prints each body and, on a line of its own, status and type.
use strict;
use warnings;
use LWP::UserAgent;

my ($method, $url, $times, $body_file, $content_type) = @ARGV;
my $agent = LWP::UserAgent->new(keep_alive => 1);
my $request = HTTP::Request->new($method, $url);
if (defined $body_file) {
    open my $file, '<:raw', $body_file or die "$body_file: $!";
    $request->content(do { local $/; <$file> });
    $request->content_type($content_type);
}
for (1 .. $times) {
    my $answer = $agent->request($request);
    printf "%s\n%d %s\n", $answer->content, $answer->code, scalar $answer->content_type;
}
