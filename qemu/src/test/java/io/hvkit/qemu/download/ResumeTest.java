package io.hvkit.qemu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads that are broken off and go on, in one call or several, with servers that tell the truth or not. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ResumeTest {

    private static final int LENGTH = 1 << 20;
    private static final int HALF = LENGTH / 2;
    private static final byte[] IMAGE = HttpDownloadTest.random(LENGTH);
    private static final byte[] START = Arrays.copyOf(IMAGE, HALF);
    private static final byte[] REST = Arrays.copyOfRange(IMAGE, HALF, LENGTH);
    private static final String TAG = "ETag: \"v1\"\n";
    private static final String RANGE = "Content-Range: bytes " + HALF + "-" + (LENGTH - 1) + "/" + LENGTH + "\n";

    @TempDir
    Path folder;

    private HttpDownload download;
    private Path target;

    @BeforeEach
    void prepare() {
        download = HttpDownload.into(folder).pausing(Duration.ofMillis(1)).trying(3);
        target = folder.resolve("template.raw");
    }

    @Test
    void a_broken_connection_is_made_again_and_goes_on_where_it_was() throws Exception {
        try (RawServer server = new RawServer(whole(TAG, START), rest(TAG + RANGE, REST))) {
            fetch(server.uri());
            assertThat(server.requests().get(0)).doesNotContain("Range");
            assertThat(server.requests().get(1)).contains("Range: bytes=" + HALF + "-\r\n", "If-Range: \"v1\"\r\n");
        }
        isThereAndNothingElse();
    }

    @Test
    void an_old_date_names_a_content_as_well_as_a_tag_does() throws Exception {
        String old = "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT\nDate: " + date(Duration.ZERO) + "\n";
        try (RawServer server = new RawServer(whole(old, START), rest(RANGE, REST))) {
            fetch(server.uri());
            assertThat(server.requests().get(1)).contains("If-Range: Wed, 01 Jan 2020 00:00:00 GMT\r\n");
        }
        isThereAndNothingElse();
    }

    @Test
    void what_the_server_cannot_name_for_sure_is_begun_anew() throws Exception {
        String young = "Last-Modified: " + date(Duration.ofSeconds(5)) + "\nDate: " + date(Duration.ZERO) + "\n";
        for (String names : new String[] {"", "ETag: W/\"v1\"\n", "ETag: v1\n", young, "Last-Modified: long ago\n"}) {
            try (RawServer server = new RawServer(whole(names, START), whole(names, IMAGE))) {
                fetch(server.uri());
                assertThat(server.requests().get(1)).as(names).doesNotContain("Range");
            }
            isThereAndNothingElse();
            assertThat(target.toFile().delete()).isTrue();
        }
    }

    private static String date(Duration ago) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).minus(ago));
    }

    @Test
    void a_server_that_knows_no_ranges_sends_all_again() throws Exception {
        try (RawServer server = new RawServer(whole(TAG, START), whole(TAG, IMAGE))) {
            fetch(server.uri());
        }
        isThereAndNothingElse();
    }

    @Test
    void a_content_that_changed_meanwhile_is_fetched_whole() throws Exception {
        byte[] older = HttpDownloadTest.random(LENGTH + 512);
        try (RawServer server = new RawServer(
                whole("ETag: \"v0\"\n", Arrays.copyOf(older, HALF)), whole(TAG, START), rest(TAG + RANGE, REST))) {
            fetch(server.uri());
            assertThat(server.requests().get(2)).contains("If-Range: \"v1\"\r\n");
        }
        isThereAndNothingElse();
    }

    @Test
    void pieces_of_two_contents_under_one_name_are_found_out_and_all_is_fetched_again() throws Exception {
        byte[] other = HttpDownloadTest.random(LENGTH + 512);
        try (RawServer server =
                new RawServer(whole(TAG, Arrays.copyOf(other, HALF)), rest(TAG + RANGE, REST), whole(TAG, IMAGE))) {
            fetch(server.uri());
            assertThat(server.requests()).hasSize(3);
            assertThat(server.requests().get(2)).doesNotContain("Range");
        }
        isThereAndNothingElse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Range: bytes 524287-1048575/1048576\n",
                "Content-Range: bytes 0-524287/1048576\n",
                "Content-Range: bytes 524288-1048574/1048576\n",
                "Content-Range: bytes 524288-1048575/1048577\n",
                "Content-Range: bytes 524288-524287/1048576\n",
                "Content-Range: bytes 99999999999999999999-1/1\n",
                "Content-Range: pages 524288-1048575/1048576\n",
                "Content-Range: bytes */1048576\n",
                "Content-Type: multipart/byteranges; boundary=x\n",
                ""
            })
    void a_range_that_is_not_the_one_asked_for_is_dropped_and_all_is_fetched(String range) throws Exception {
        try (RawServer server = new RawServer(whole(TAG, START), rest(range, REST), whole(TAG, IMAGE))) {
            fetch(server.uri());
            assertThat(server.requests().get(2)).doesNotContain("Range");
        }
        isThereAndNothingElse();
    }

    @Test
    void a_range_that_is_refused_is_not_asked_for_again() throws Exception {
        try (RawServer server =
                new RawServer(whole(TAG, START), status(416, "Content-Range: bytes */17\n"), whole(TAG, IMAGE))) {
            fetch(server.uri());
            assertThat(server.requests().get(2)).doesNotContain("Range");
        }
        isThereAndNothingElse();
    }

    @Test
    void what_has_come_is_kept_for_an_equal_call_which_reads_it_again() throws Exception {
        giveUpHalfWay();

        try (RawServer server = new RawServer(rest(TAG + RANGE, REST))) {
            fetch(server.uri());
            assertThat(server.requests().get(0)).contains("Range: bytes=" + HALF + "-\r\n", "If-Range: \"v1\"\r\n");
        }
        isThereAndNothingElse();
    }

    @Test
    void what_was_kept_and_changed_on_the_disk_is_found_out_and_all_is_fetched_again() throws Exception {
        try (RandomAccessFile kept = new RandomAccessFile(giveUpHalfWay().toFile(), "rw")) {
            kept.write(IMAGE[0] + 1);
        }
        try (RawServer server = new RawServer(rest(TAG + RANGE, REST), whole(TAG, IMAGE))) {
            fetch(server.uri());
            assertThat(server.requests()).hasSize(2);
        }
        isThereAndNothingElse();
    }

    @Test
    void what_was_kept_whole_is_not_fetched_again() throws Exception {
        try (RawServer server = new RawServer(
                RawServer.saying("HTTP/1.1 200 OK\n" + TAG + "Content-Length: " + (LENGTH + 1) + "\n\n", IMAGE),
                status(503, ""))) {
            refuses(Failure.UNREACHABLE, server.uri());
        }
        try (RawServer server = new RawServer(status(416, "Content-Range: bytes */" + LENGTH + "\n"))) {
            fetch(server.uri());
        }
        isThereAndNothingElse();
    }

    @Test
    void what_was_kept_is_swept_when_nobody_wants_it_any_more() throws Exception {
        Path kept = giveUpHalfWay();

        assertThat(HttpDownload.sweep(folder, Duration.ofHours(1))).isEmpty();
        assertThat(HttpDownload.sweep(folder, Duration.ofSeconds(-1))).contains(kept);
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void an_image_that_turns_out_wrong_is_not_kept() throws Exception {
        giveUpHalfWay();
        byte[] other = HttpDownloadTest.random(LENGTH + 512);
        try (RawServer server = new RawServer(whole("ETag: \"v2\"\n", other))) {
            refuses(Failure.CORRUPT_DATA, server.uri());
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    /** Returns the file in which the first half is. */
    private Path giveUpHalfWay() throws IOException {
        try (RawServer server = new RawServer(whole(TAG, START), status(503, ""))) {
            DriverException e = refuses(Failure.UNREACHABLE, server.uri());
            assertThat(e).hasMessageContaining("kept");
        }
        assertThat(target).doesNotExist();
        Path kept = Arrays.stream(folder.toFile().list((where, name) -> name.endsWith(".download")))
                .map(folder::resolve)
                .findAny()
                .orElseThrow();
        assertThat(kept).hasSize(HALF);
        return kept;
    }

    /** All of it is announced, and so much comes. */
    private static RawServer.Answer whole(String headers, byte[] bytes) {
        int length = Math.max(LENGTH, bytes.length);
        return RawServer.saying("HTTP/1.1 200 OK\n" + headers + "Content-Length: " + length + "\n\n", bytes);
    }

    private static RawServer.Answer rest(String headers, byte[] bytes) {
        return RawServer.saying("HTTP/1.1 206 Partial\n" + headers + "Content-Length: " + bytes.length + "\n\n", bytes);
    }

    private static RawServer.Answer status(int status, String headers) {
        return RawServer.saying("HTTP/1.1 " + status + " So\n" + headers + "Content-Length: 0\n\n", new byte[0]);
    }

    private void isThereAndNothingElse() {
        assertThat(target).hasBinaryContent(IMAGE);
        assertThat(folder.toFile().list()).containsExactly("template.raw");
    }

    private void fetch(URI source) throws InterruptedException {
        assertThat(download.fetch(source, Sha256.of(IMAGE), new Attachment.ImageFile(target)))
                .isEqualTo(ByteSize.bytes(LENGTH));
    }

    private DriverException refuses(Failure failure, URI source) {
        DriverException e = catchThrowableOfType(
                DriverException.class,
                () -> download.fetch(source, Sha256.of(IMAGE), new Attachment.ImageFile(target)));
        assertThat(e.failure()).as(e.toString()).isEqualTo(failure);
        return e;
    }
}
