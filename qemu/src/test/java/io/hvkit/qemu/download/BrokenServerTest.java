package io.hvkit.qemu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that do not speak HTTP, stop in the middle, or never end; and callers who have had enough. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BrokenServerTest {

    private static final byte[] IMAGE = HttpDownloadTest.random(1 << 16);

    /** Threads of the tests' own, and those that Java and JNA begin once and keep, as whoever first needs them sees. */
    private static final List<String> LASTING = List.of("pool-", "raw-server", "process reaper", "JNA Cleaner");

    @TempDir
    Path folder;

    private HttpDownload download;
    private Path target;

    @BeforeEach
    void prepare() {
        download = HttpDownload.into(folder).pausing(Duration.ofMillis(1)).trying(2);
        target = folder.resolve("template.raw");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SSH-2.0-OpenSSH_9.2\n",
                "HTTP/1.1 200 OK\nContent-Length: 65536",
                "HTTP/2 200\n\n",
                "HTTP/1.1 999 Odd\n\n",
                "HTTP/1.1 200 OK\nno colon\n\n",
                "HTTP/1.1 200 OK\n: nameless\n\n",
                "HTTP/1.1 200 OK\nContent-Length: -5\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 1e3\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 99999999999999999999\n\n",
                "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n\nabcde",
                "HTTP/1.1 200 OK\nContent-Length: 65536\n\nabc",
                "HTTP/1.1 200 OK\nTransfer-Encoding: gzip\n\nabc",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nxyz\nabc",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n-1\nabc",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nabc",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabcdefg\n0\n\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n",
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n"
            })
    void what_is_no_answer_is_asked_for_again_and_then_unreachable(String answer) throws Exception {
        try (RawServer server = new RawServer(RawServer.saying(answer, new byte[0]))) {
            refuses(Failure.UNREACHABLE, server.uri());
            assertThat(server.requests()).hasSize(2);
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void heads_and_lines_without_an_end_are_cut_off() throws Exception {
        RawServer.Answer heads = (request, out) -> {
            out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 10_000; i++) {
                out.write(("x-" + i + ": long\r\n").getBytes(StandardCharsets.US_ASCII));
            }
        };
        RawServer.Answer line = RawServer.saying(
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n",
                "0".repeat(10_000).getBytes(StandardCharsets.US_ASCII));
        RawServer.Answer trailers = RawServer.saying(
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n" + "x: y\n".repeat(1000), new byte[0]);
        for (RawServer.Answer answer : List.of(heads, line, trailers)) {
            try (RawServer server = new RawServer(answer)) {
                refuses(Failure.UNREACHABLE, server.uri());
            }
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void an_answer_may_announce_itself_and_have_extensions_and_trailers() throws Exception {
        String chunk = "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\n10000;name=value\n";
        RawServer.Answer answer = (request, out) -> {
            RawServer.saying(chunk, IMAGE).to(request, out);
            RawServer.saying("\n0\nx-trailer: y\n\n", new byte[0]).to(request, out);
        };
        try (RawServer server = new RawServer(answer)) {
            fetch(server.uri());
        }
        assertThat(target).hasBinaryContent(IMAGE);
    }

    @Test
    void a_server_that_stands_still_is_given_up() throws Exception {
        download = download.standingStill(Duration.ofMillis(100));
        try (RawServer mute = new RawServer(RawServer.hanging(RawServer.saying("", new byte[0])));
                RawServer half = new RawServer(halfAndNoMore(""))) {
            assertThat(refuses(Failure.UNREACHABLE, mute.uri())).hasMessageContaining("nothing for PT0.1S");
            refuses(Failure.UNREACHABLE, half.uri());
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void the_whole_has_a_limit_too_and_what_came_is_kept() throws Exception {
        download = download.within(Duration.ofSeconds(3));
        try (RawServer server = new RawServer(halfAndNoMore("ETag: \"v\"\n"))) {
            refuses(Failure.TIMED_OUT, server.uri());
        }
        assertThat(target).doesNotExist();
        assertThat(folder.toFile().list()).hasSize(2);
    }

    @Test
    void one_call_at_a_time_fetches_an_image_to_a_place_and_its_end_leaves_no_thread() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        CountDownLatch begun = new CountDownLatch(1);
        RawServer.Answer half = (request, out) -> {
            begun.countDown();
            halfAndNoMore("ETag: \"v\"\n").to(request, out);
        };
        ExecutorService caller = Executors.newSingleThreadExecutor();
        try (RawServer server = new RawServer(half)) {
            Future<?> first = caller.submit(() -> {
                assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> fetch(server.uri()));
                return target;
            });
            begun.await();
            refuses(Failure.OPERATION_PENDING, server.uri());
            assertThat(HttpDownload.sweep(folder, Duration.ofSeconds(-1)))
                    .noneMatch(path -> path.toString().endsWith(".download"));
            caller.shutdownNow(); // interrupts it
            first.get();
        }
        assertThat(folder.toFile().list()).isEmpty();
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !before.contains(thread) && thread.isAlive())
                .filteredOn(thread -> LASTING.stream().noneMatch(thread.getName()::startsWith))
                .isEmpty();
    }

    @Test
    void a_caller_that_was_interrupted_before_asks_nobody() throws Exception {
        try (RawServer server = new RawServer(halfAndNoMore(""))) {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> fetch(server.uri()));
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    private static RawServer.Answer halfAndNoMore(String headers) {
        byte[] half = new byte[IMAGE.length / 2];
        System.arraycopy(IMAGE, 0, half, 0, half.length);
        return RawServer.hanging(
                RawServer.saying("HTTP/1.1 200 OK\n" + headers + "Content-Length: " + IMAGE.length + "\n\n", half));
    }

    private void fetch(URI source) throws InterruptedException {
        download.fetch(source, Sha256.of(IMAGE), new Attachment.ImageFile(target));
    }

    private DriverException refuses(Failure failure, URI source) {
        DriverException e = catchThrowableOfType(DriverException.class, () -> fetch(source));
        assertThat(e).isNotNull();
        assertThat(e.failure()).as(e.toString()).isEqualTo(failure);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        return e;
    }
}
