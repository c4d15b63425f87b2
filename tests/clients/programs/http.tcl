# Asks by the package http: METHOD URL TIMES ?BODY_FILE CONTENT_TYPE?. Prints each body and, on a line of its own,
# status and type.
package require http

lassign $argv method url times bodyFile contentType
set options [list -method $method -keepalive 1]
if {$bodyFile ne ""} {
    set file [open $bodyFile rb]
    lappend options -query [read $file] -type $contentType
    close $file
}
for {set i 0} {$i < $times} {incr i} {
    set answer [http::geturl $url {*}$options]
    puts "[http::data $answer]\n[http::ncode $answer] [set ${answer}(type)]"
    http::cleanup $answer
}
