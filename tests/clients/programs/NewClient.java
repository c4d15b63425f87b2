import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;

/** Asks by the HttpClient of Java 11: METHOD URL TIMES [BODY_FILE CONTENT_TYPE]. */
class NewClient {
    public static void main(String[] arguments) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(arguments[1]));
        if (arguments.length > 3) {
            request.method(arguments[0], BodyPublishers.ofFile(Path.of(arguments[3])));
            request.header("Content-Type", arguments[4]);
        }
        HttpClient client = HttpClient.newHttpClient();
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
            HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
            String type = answer.headers().firstValue("Content-Type").orElse("");
            System.out.printf("%s%n%d %s%n", answer.body(), answer.statusCode(), type);
        }
    }
}
