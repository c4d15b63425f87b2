# Asks by HTTP::Tiny: METHOD URL TIMES [BODY_FILE CONTENT_TYPE]. Prints each body and, on its own line, status and type.
use strict;
use warnings;
use HTTP::Tiny;

my ($method, $url, $times, $body_file, $content_type) = @ARGV;
my $agent = HTTP::Tiny->new;
my %options;
if (defined $body_file) {
    open my $file, '<:raw', $body_file or die "$body_file: $!";
    %options = (content => do { local $/; <$file> }, headers => { 'Content-Type' => $content_type });
}
for (1 .. $times) {
    my $answer = $agent->request($method, $url, \%options);
    printf "%s\n%d %s\n", $answer->{content}, $answer->{status}, $answer->{headers}{'content-type'};
}
