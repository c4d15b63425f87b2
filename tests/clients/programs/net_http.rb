# Asks by net/http: METHOD URL TIMES [BODY_FILE CONTENT_TYPE]. Prints each body and, on its own line, status and type.
require 'net/http'

method, url, times, body_file, content_type = ARGV
uri = URI(url)
body = body_file && File.binread(body_file)
headers = body_file ? { 'Content-Type' => content_type } : {}
Net::HTTP.start(uri.host, uri.port) do |http|
  times.to_i.times do
    answer = http.send_request(method, uri.request_uri, body, headers)
    puts answer.body, "#{answer.code} #{answer['Content-Type']}"
  end
end
