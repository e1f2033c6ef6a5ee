package io.hvkit.qemu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Progress;
import io.hvkit.core.Sha256;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is fetched, what is refused, and what is left, with servers that behave. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HttpDownloadTest {

    private static final byte[] IMAGE = random(3 << 20);
    private static final Sha256 DIGEST = Sha256.of(IMAGE);

    @TempDir
    Path folder;

    private HttpDownload download;
    private Path target;

    @BeforeEach
    void prepare() {
        download = HttpDownload.into(folder).pausing(Duration.ofMillis(1));
        target = folder.resolve("template.raw");
    }

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        bytes[510] = 0; // no partition table by accident
        return bytes;
    }

    @Test
    void an_image_appears_whole_under_its_name_and_for_its_owner_alone() throws Exception {
        try (ImageServer server = ImageServer.http().with("/image", IMAGE)) {
            assertThat(fetch(server.uri("/image"))).isEqualTo(ByteSize.bytes(IMAGE.length));
        }
        assertThat(target).hasBinaryContent(IMAGE);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-------");
        assertThat(folder.toFile().list()).containsExactly("template.raw");
    }

    @Test
    void an_equal_call_confirms_what_is_there_and_asks_nobody() throws Exception {
        Files.write(target, IMAGE);

        assertThat(fetch(URI.create("http://localhost:1/image"))).isEqualTo(ByteSize.bytes(IMAGE.length));
        assertThat(folder.toFile().list()).containsExactly("template.raw");
    }

    @Test
    void another_file_at_the_target_is_left_alone() throws Exception {
        for (byte[] other : new byte[][] {{}, {1}, random(IMAGE.length + 512)}) {
            Files.write(target, other);

            refuses(Failure.EXISTS_DIFFERENTLY, URI.create("http://localhost:1/image"));
            assertThat(target).hasBinaryContent(other);
        }
    }

    @Test
    void a_link_that_leads_nowhere_is_in_the_way() throws Exception {
        Files.createSymbolicLink(target, folder.resolve("nowhere"));

        refuses(Failure.EXISTS_DIFFERENTLY, URI.create("http://localhost:1/image"));
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void bytes_with_another_digest_leave_nothing() throws Exception {
        byte[] changed = IMAGE.clone();
        changed[1 << 20]++;
        try (ImageServer server = ImageServer.http().with("/image", changed)) {
            refuses(Failure.CORRUPT_DATA, server.uri("/image"));
            assertThat(server.requests()).hasSize(1);
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void what_comes_in_chunks_or_until_the_end_of_the_connection_is_an_image_too() throws Exception {
        try (ImageServer server = ImageServer.http().at("/image", exchange -> {
                    exchange.sendResponseHeaders(200, 0); // chunks
                    exchange.getResponseBody().write(IMAGE);
                });
                RawServer old = new RawServer(RawServer.saying("HTTP/1.0 200 OK\n\n", IMAGE))) {
            fetch(server.uri("/image"));
            assertThat(target).hasBinaryContent(IMAGE);
            Files.delete(target);
            fetch(old.uri());
            assertThat(target).hasBinaryContent(IMAGE);
        }
    }

    @Test
    void a_raw_template_that_is_secretly_an_overlay_is_refused_and_leaves_nothing() throws Exception {
        byte[] overlay = overlayOf("/etc/shadow");
        try (ImageServer server = ImageServer.http().with("/image", overlay)) {
            DriverException e = refuses(Failure.INVALID_REQUEST, server.uri("/image"), Sha256.of(overlay));
            assertThat(e).hasMessageContaining("/etc/shadow");
        }
        assertThat(folder.toFile().list()).isEmpty();
        Files.write(target, overlay); // nor is one that lay there before
        refuses(Failure.INVALID_REQUEST, URI.create("http://localhost:1/image"), Sha256.of(overlay));
    }

    /** A qcow2 of version 3 whose disk continues in another file. */
    static byte[] overlayOf(String backing) {
        byte[] name = backing.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer image = ByteBuffer.allocate(4 * 65_536).order(ByteOrder.BIG_ENDIAN);
        image.putInt(0x514649fb).putInt(3).putLong(512).putInt(name.length);
        image.putInt(16).putLong(1 << 20).putInt(0).putInt(1).putLong(3 * 65_536);
        image.putLong(65_536).putInt(1).putInt(0).putLong(0);
        image.position(96);
        image.putInt(4).putInt(104);
        image.position(512);
        image.put(name);
        return image.array();
    }

    @Test
    void a_file_outside_the_directory_is_refused_however_it_is_named() throws Exception {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.createSymbolicLink(inner.resolve("way-out"), folder);
        HttpDownload inside = HttpDownload.into(inner);
        for (String name : List.of("../a", "way-out/a", "..", "x/../../a")) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> inside.fetch(
                            URI.create("http://localhost:1/"), DIGEST, new Attachment.ImageFile(inner.resolve(name))));
            assertThat(e.failure()).as(name).isIn(Failure.INVALID_REQUEST, Failure.NOT_FOUND);
        }
        assertThat(folder.toFile().list()).containsExactly("inner");
    }

    @Test
    void a_missing_folder_is_not_made() {
        target = folder.resolve("missing").resolve("template.raw");

        refuses(Failure.NOT_FOUND, URI.create("http://localhost:1/image"));
    }

    @ParameterizedTest
    @CsvSource({
        "401, BAD_CREDENTIALS, 1",
        "403, BAD_CREDENTIALS, 1",
        "404, NOT_FOUND, 1",
        "410, NOT_FOUND, 1",
        "400, INVALID_REQUEST, 1",
        "204, INVALID_REQUEST, 1",
        "206, INVALID_REQUEST, 1",
        "304, INVALID_REQUEST, 1",
        "416, INVALID_REQUEST, 1",
        "408, UNREACHABLE, 5",
        "429, UNREACHABLE, 5",
        "500, UNREACHABLE, 5",
        "503, UNREACHABLE, 5"
    })
    void a_status_says_what_to_do_and_whether_to_try_again(int status, Failure failure, int tries) throws Exception {
        try (ImageServer server =
                ImageServer.http().at("/image", exchange -> ImageServer.answer(exchange, status, new byte[0]))) {
            refuses(failure, server.uri("/image"));
            assertThat(server.requests()).hasSize(tries);
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void a_server_that_was_away_for_a_moment_is_asked_again_when_it_said() throws Exception {
        List<Integer> statuses = new ArrayList<>(List.of(503, 500));
        try (ImageServer server = ImageServer.http().at("/image", exchange -> {
            if (statuses.isEmpty()) {
                ImageServer.answer(exchange, 200, IMAGE);
            } else {
                exchange.getResponseHeaders().set("Retry-After", "0");
                ImageServer.answer(exchange, statuses.remove(0), new byte[0]);
            }
        })) {
            fetch(server.uri("/image"));
            assertThat(server.requests()).hasSize(3);
        }
        assertThat(target).hasBinaryContent(IMAGE);
    }

    @Test
    void nobody_there_is_unreachable() {
        refuses(Failure.UNREACHABLE, URI.create("http://localhost:1/image"));
        refuses(Failure.UNREACHABLE, URI.create("http://no-such-host.invalid/image"));
    }

    @Test
    void redirects_are_followed_to_a_limit() throws Exception {
        try (ImageServer server = ImageServer.http().with("/image", IMAGE).at("/hop", exchange -> {
            String path = exchange.getRequestURI().getPath();
            int hops = Integer.parseInt(path.substring("/hop/".length()));
            exchange.getResponseHeaders().set("Location", hops == 1 ? "../image" : "/hop/" + (hops - 1) + "?x");
            ImageServer.answer(exchange, List.of(301, 302, 303, 307, 308).get(hops % 5), new byte[0]);
        })) {
            fetch(server.uri("/hop/5"));
            assertThat(target).hasBinaryContent(IMAGE);
            Files.delete(target);
            refuses(Failure.INVALID_REQUEST, server.uri("/hop/6"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "ftp://localhost/x",
                "http://user:hush@localhost/x",
                "http:///x",
                "",
                "h t",
                "gopher:x"
            })
    void a_redirect_leads_nowhere_else(String location) throws Exception {
        try (ImageServer server = ImageServer.http().at("/image", exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            ImageServer.answer(exchange, 302, new byte[0]);
        })) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> fetch(server.uri("/image")));
            assertThat(e.failure()).isIn(Failure.INVALID_REQUEST);
            assertThat(text(e)).doesNotContain("hush");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://h/x, UNSUPPORTED",
        "file:///x, UNSUPPORTED",
        "x, UNSUPPORTED",
        "http:x, INVALID_REQUEST",
        "http:///x, INVALID_REQUEST",
        "http://h:0/x, INVALID_REQUEST",
        "http://h:70000/x, INVALID_REQUEST",
        "http://a:hush@h/x, INVALID_REQUEST",
        "http://hush@h_h/x, INVALID_REQUEST"
    })
    void an_address_that_makes_no_sense_is_refused_and_shows_no_password(String address, Failure failure) {
        DriverException e = refuses(failure, URI.create(address));

        assertThat(text(e)).doesNotContain("hush");
    }

    @Test
    void a_query_is_sent_and_never_shown() throws Exception {
        try (ImageServer server = ImageServer.http()
                .at(
                        "/image",
                        exchange -> ImageServer.answer(
                                exchange,
                                "token=hush".equals(exchange.getRequestURI().getRawQuery()) ? 404 : 500,
                                new byte[0]))) {
            DriverException e = refuses(Failure.NOT_FOUND, server.uri("/image?token=hush#part"));
            assertThat(text(e)).contains("/image?...").doesNotContain("hush");
        }
    }

    @Test
    void a_remote_target_is_not_supported_and_a_file_is_no_device() {
        URI source = URI.create("http://localhost:1/image");
        DriverException remote = catchThrowableOfType(
                DriverException.class,
                () -> download.fetch(source, DIGEST, new Attachment.Remote(URI.create("rbd:a/b"))));
        assertThat(remote.failure()).isEqualTo(Failure.UNSUPPORTED);
        DriverException device = catchThrowableOfType(
                DriverException.class, () -> download.fetch(source, DIGEST, new Attachment.BlockDevice(folder)));
        assertThat(device.failure()).isEqualTo(Failure.INVALID_REQUEST);
        DriverException absent = catchThrowableOfType(
                DriverException.class, () -> download.fetch(source, DIGEST, new Attachment.BlockDevice(target)));
        assertThat(absent.failure()).isEqualTo(Failure.NOT_FOUND);
    }

    @Test
    void more_than_is_taken_is_refused_by_what_is_announced_and_by_what_comes() throws Exception {
        download = download.upTo(ByteSize.mebibytes(1));
        byte[] head = "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776000\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (RawServer announcing = new RawServer(RawServer.saying("", head));
                RawServer silent = new RawServer(RawServer.saying("HTTP/1.1 200 OK\n\n", IMAGE))) {
            refuses(Failure.INVALID_REQUEST, announcing.uri());
            refuses(Failure.INVALID_REQUEST, silent.uri());
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void more_than_there_is_room_for_is_refused_before_it_comes() throws Exception {
        download = download.upTo(ByteSize.bytes(Long.MAX_VALUE));
        try (RawServer server = new RawServer(RawServer.hanging(
                RawServer.saying("HTTP/1.1 200 OK\nContent-Length: 999999999999999999\n\n", new byte[0])))) {
            refuses(Failure.EXHAUSTED, server.uri());
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void progress_is_told_on_the_calling_thread_and_never_goes_back() throws Exception {
        List<Progress> told = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        try (ImageServer server = ImageServer.http().with("/image", IMAGE)) {
            download.fetch(server.uri("/image"), DIGEST, new Attachment.ImageFile(target), progress -> {
                told.add(progress);
                threads.add(Thread.currentThread());
            });
        }
        assertThat(threads).containsOnly(Thread.currentThread());
        assertThat(told).extracting(Progress::done).isSorted();
        assertThat(told.get(told.size() - 1))
                .isEqualTo(new Progress("downloading", ByteSize.bytes(IMAGE.length), ByteSize.bytes(IMAGE.length)));
    }

    @Test
    void what_a_listener_throws_ends_the_call_and_leaves_nothing() throws Exception {
        try (ImageServer server = ImageServer.http().with("/image", IMAGE)) {
            IllegalStateException thrown = catchThrowableOfType(
                    IllegalStateException.class,
                    () -> download.fetch(server.uri("/image"), DIGEST, new Attachment.ImageFile(target), progress -> {
                        throw new IllegalStateException("enough");
                    }));
            assertThat(thrown).hasMessage("enough");
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    private ByteSize fetch(URI source) throws InterruptedException {
        return download.fetch(source, DIGEST, new Attachment.ImageFile(target));
    }

    private DriverException refuses(Failure failure, URI source) {
        return refuses(failure, source, DIGEST);
    }

    private DriverException refuses(Failure failure, URI source, Sha256 digest) {
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> download.fetch(source, digest, new Attachment.ImageFile(target)));
        assertThat(e).as("a refusal of %s", source).isNotNull();
        assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        return e;
    }

    private static String text(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            text.append(each).append('\n');
        }
        return text.toString();
    }
}
