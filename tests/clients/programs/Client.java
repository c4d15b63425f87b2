import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

/** Asks by HttpURLConnection: SENDING METHOD URL TIMES [BODY_FILE CONTENT_TYPE], SENDING being buffered or chunked. */
class Client {
    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < Integer.parseInt(arguments[3]); i++) {
            ask(arguments);
        }
    }

    /** Prints the body and, on a line of its own, status and type. */
    private static void ask(String[] arguments) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) new URL(arguments[2]).openConnection();
        connection.setRequestMethod(arguments[1]);
        if (arguments.length > 4) {
            if (arguments[0].equals("chunked")) {
                connection.setChunkedStreamingMode(0);
            }
            connection.setRequestProperty("Content-Type", arguments[5]);
            connection.setDoOutput(true);
            connection.getOutputStream().write(Files.readAllBytes(Path.of(arguments[4])));
        }
        int status = connection.getResponseCode();
        try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            System.out.printf("%s%n%d %s%n", new String(body.readAllBytes()), status, connection.getContentType());
        }
    }
}
