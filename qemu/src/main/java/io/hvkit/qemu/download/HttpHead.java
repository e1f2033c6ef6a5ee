package io.hvkit.qemu.download;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first lines of a response: its status and its headers. What is no HTTP is an {@link IOException}. */
final class HttpHead {

    private static final int MOST_BYTES = 65_536;
    private static final int MOST_DIGITS = 18;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[0-9] ([1-5][0-9]{2})( .*)?");
    private static final Pattern STRONG_TAG = Pattern.compile("\"[\\x21\\x23-\\x7e]*\"");
    private static final Pattern RANGE = Pattern.compile("bytes +([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");
    private static final Pattern WHOLE = Pattern.compile("bytes +\\*/([0-9]{1,18})");
    /** A change within a second, and clocks that differ, cannot be told by a date that is younger. */
    private static final Duration OLD_ENOUGH = Duration.ofMinutes(1);

    private final int status;
    private final Map<String, String> headers;

    private HttpHead(int status, Map<String, String> headers) {
        this.status = status;
        this.headers = headers;
    }

    /** Reads one, and passes over those that merely say that another will follow. */
    static HttpHead read(InputStream in) throws IOException {
        Lines lines = new Lines(in);
        while (true) {
            HttpHead head = read(lines);
            if (head.status >= 200) {
                return head;
            }
        }
    }

    private static HttpHead read(Lines lines) throws IOException {
        Matcher first = STATUS.matcher(lines.next());
        if (!first.matches()) {
            throw new IOException("the server does not speak HTTP/1.1");
        }
        Map<String, String> headers = new HashMap<>();
        for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("the server sends a header without a name");
            }
            String value = line.substring(colon + 1).strip();
            headers.merge(line.substring(0, colon).toLowerCase(Locale.ROOT), value, HttpHead::both);
        }
        return new HttpHead(Integer.parseInt(first.group(1)), headers);
    }

    private static String both(String one, String other) {
        return one.equals(other) ? one : one + ", " + other;
    }

    int status() {
        return status;
    }

    /** Returns the value of a header. */
    Optional<String> find(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    boolean isChunked() throws IOException {
        Optional<String> coding = find("transfer-encoding");
        if (coding.isPresent() && !coding.get().equalsIgnoreCase("chunked")) {
            throw new IOException("the server sends in a transfer coding that was not asked for");
        }
        return coding.isPresent();
    }

    /** Returns how many bytes follow, if the server says so. */
    OptionalLong bodyLength() throws IOException {
        Optional<String> length = find("content-length");
        if (isChunked() || length.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!length.get().matches("[0-9]{1," + MOST_DIGITS + "}")) {
            throw new IOException("the server sends a length that is no number");
        }
        return OptionalLong.of(Long.parseLong(length.get()));
    }

    /** Returns what names this very content to the server: a strong tag, or a date that is old enough to be one. */
    Optional<String> validator() {
        Optional<String> tag =
                find("etag").filter(value -> STRONG_TAG.matcher(value).matches());
        return tag.or(() -> find("last-modified").filter(this::isOldEnough));
    }

    private boolean isOldEnough(String modified) {
        Optional<Instant> then = instant(modified);
        Optional<Instant> now = find("date").flatMap(HttpHead::instant);
        return then.isPresent()
                && now.isPresent()
                && !then.get().plus(OLD_ENOUGH).isAfter(now.get());
    }

    private static Optional<Instant> instant(String date) {
        try {
            return Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Returns whether a text can be sent as a validator: one that was kept in a file may have been changed there. */
    static boolean isValidator(String text) {
        return STRONG_TAG.matcher(text).matches() || instant(text).isPresent();
    }

    /** Returns how long the server asks to be left alone, if it says so in seconds. */
    Optional<Duration> retryAfter() {
        return find("retry-after")
                .filter(value -> value.matches("[0-9]{1,9}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)));
    }

    /**
     * Returns whether what follows goes on at {@code offset} and leads to the end of the whole.
     *
     * @param whole the size of the whole, if it is known
     */
    boolean continuesAt(long offset, OptionalLong whole) throws IOException {
        Matcher range = RANGE.matcher(find("content-range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != offset) {
            return false;
        }
        long end = Long.parseLong(range.group(2)) + 1;
        OptionalLong length = bodyLength();
        return end > offset
                && (length.isEmpty() || length.getAsLong() == end - offset)
                && (range.group(3).equals("*") || Long.parseLong(range.group(3)) == end)
                && (whole.isEmpty() || whole.getAsLong() == end);
    }

    /** Returns the size of the whole, if this head refuses a range and says it, or announces all or the rest of it. */
    OptionalLong wholeSize() throws IOException {
        String text = find("content-range").orElse("");
        Matcher refused = WHOLE.matcher(text);
        if (refused.matches()) {
            return OptionalLong.of(Long.parseLong(refused.group(1)));
        }
        Matcher range = RANGE.matcher(text);
        if (range.matches()) {
            return OptionalLong.of(Long.parseLong(range.group(2)) + 1);
        }
        return status == HttpExchange.OK ? bodyLength() : OptionalLong.empty();
    }

    /** Lines of a head that ends somewhere. */
    private static final class Lines {

        private final InputStream in;
        private int left = MOST_BYTES;

        Lines(InputStream in) {
            this.in = in;
        }

        String next() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException("the server ends the connection before it has answered");
                }
                if (--left < 0) {
                    throw new IOException("the server sends more than " + MOST_BYTES + " bytes of headers");
                }
                if (next == '\n') {
                    int end = line.length();
                    return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
                }
                line.append((char) next);
            }
        }
    }
}
