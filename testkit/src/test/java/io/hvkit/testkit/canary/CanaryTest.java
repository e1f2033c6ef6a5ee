package io.hvkit.testkit.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.testkit.canary.Finding.Form;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CanaryTest {

    private static final String TEXT = "t<r&i c\"k'y>/pass\\wörd?~";
    private static final byte[] RAW = TEXT.getBytes(StandardCharsets.UTF_8);
    private static final byte[] BINARY = HexFormat.of().parseHex("00ff10fe20fd30fc40fb");

    private final Secret secret = Secret.copyOf(RAW);
    private final Secret binary = Secret.copyOf(BINARY);
    private final Canary canary = Canary.planted(secret, binary);

    @TempDir
    Path folder;

    @AfterEach
    void wipe() {
        canary.close();
        secret.close();
        binary.close();
    }

    private static final class Planted {
        private final Form form;
        private final byte[] bytes;

        Planted(Form form, byte[] bytes) {
            this.form = form;
            this.bytes = bytes;
        }

        @Override
        public String toString() {
            return form + " of " + bytes.length + " bytes";
        }
    }

    static Stream<Planted> forms() {
        String xml = TEXT.replace("&", "&amp;").replace("<", "&lt;");
        String hex = HexFormat.of().formatHex(RAW);
        return Stream.of(
                planted(Form.RAW, TEXT),
                planted(Form.BASE64, Base64.getEncoder().encodeToString(RAW)),
                planted(Form.BASE64, Base64.getEncoder().encodeToString(joined("x", RAW))),
                planted(Form.BASE64, Base64.getEncoder().encodeToString(joined("xy", RAW))),
                planted(Form.BASE64, Base64.getUrlEncoder().withoutPadding().encodeToString(joined("xyz?", RAW))),
                planted(
                        Form.BASE64,
                        Base64.getMimeEncoder(16, new byte[] {'\r', '\n'}).encodeToString(RAW)),
                planted(Form.HEX, hex),
                planted(Form.HEX, hex.toUpperCase(Locale.ROOT)),
                planted(Form.HEX, HexFormat.ofDelimiter(":").formatHex(RAW)),
                planted(
                        Form.URL,
                        URLEncoder.encode(TEXT, StandardCharsets.UTF_8).replace("%7E", "~")),
                planted(
                        Form.URL,
                        URLEncoder.encode(TEXT, StandardCharsets.UTF_8)
                                .replace("%7E", "~")
                                .replace("+", "%20")),
                planted(Form.XML, xml),
                planted(
                        Form.XML,
                        xml.replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&apos;")),
                planted(Form.JSON, TEXT.replace("\\", "\\\\").replace("\"", "\\\"")),
                new Planted(Form.UTF16, TEXT.getBytes(StandardCharsets.UTF_16LE)),
                new Planted(Form.UTF16, TEXT.getBytes(StandardCharsets.UTF_16BE)));
    }

    private static Planted planted(Form form, String text) {
        return new Planted(form, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] joined(String before, byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(before.getBytes(StandardCharsets.UTF_8));
        out.writeBytes(bytes);
        return out.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void each_form_is_found_in_a_file_and_not_told(Planted planted) throws Exception {
        Path file = write("leak.log", joined("before ", planted.bytes));

        Scan scan = canary.scanFiles(folder);

        assertThat(scan.findings()).extracting(Finding::form).containsExactly(planted.form);
        assertThat(scan.findings()).extracting(Finding::canary).containsExactly(1);
        assertThat(scan.findings().get(0).where()).contains(file.toString());
        assertThat(scan.clean()).isFalse();
        assertThat(canary.scanText("the report", scan.toString()).findings()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void each_form_is_found_across_the_seam_of_two_chunks(Planted planted) throws Exception {
        for (int before : List.of(1, planted.bytes.length - 1)) {
            write("leak.bin", joined("#".repeat(Haystack.CHUNK - before), planted.bytes));

            assertThat(canary.scanFiles(folder).findings())
                    .extracting(Finding::form)
                    .containsExactly(planted.form);
        }
    }

    @Test
    void secrets_that_are_no_text_are_found_too() throws Exception {
        write("key", BINARY);
        write("hex", HexFormat.of().formatHex(BINARY).getBytes(StandardCharsets.US_ASCII));

        assertThat(canary.scanFiles(folder).findings())
                .extracting(Finding::form, Finding::canary)
                .containsExactlyInAnyOrder(tuple(Form.RAW, 2), tuple(Form.HEX, 2));
    }

    @Test
    void nothing_is_found_where_nothing_was_planted() throws Exception {
        write("a.log", "nothing to see: t<r&i".getBytes(StandardCharsets.UTF_8));
        Files.createDirectory(folder.resolve("sub"));
        write("sub/b.log", new byte[700_000]);

        Scan scan = canary.scanFiles(folder);

        assertThat(scan.findings()).isEmpty();
        assertThat(scan.files()).isEqualTo(2);
        assertThat(scan.bytes()).isEqualTo(700_000 + 21);
        assertThat(scan.unreadable()).isEmpty();
        assertThat(scan.clean()).isTrue();
    }

    @Test
    void a_scan_that_saw_nothing_is_not_clean() throws Exception {
        assertThat(canary.scanFiles(folder).clean()).isFalse();
        assertThat(canary.scanText("an empty text", "").clean()).isFalse();
    }

    @Test
    void a_secret_between_two_holes_of_a_big_sparse_file_is_found() throws Exception {
        Path disk = folder.resolve("disk.raw");
        long middle = (1L << 30) + 12_345;
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(2L << 30);
        }
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(TEXT.getBytes(StandardCharsets.UTF_16BE)), middle);
        }

        Scan scan = canary.scanFiles(disk);

        assertThat(scan.findings())
                .containsExactly(new Finding(1, Form.UTF16, "file " + disk + " near byte " + middle));
        assertThat(scan.bytes()).isEqualTo(2L << 30);
    }

    @Test
    void a_secret_in_a_name_is_found_and_the_path_does_not_tell_it() throws Exception {
        try (Secret named = Secret.copyOf("canary-in-a-name".getBytes(StandardCharsets.US_ASCII));
                Canary search = Canary.planted(named)) {
            Files.createDirectory(folder.resolve("canary-in-a-name"));
            write("canary-in-a-name/inside", "canary-in-a-name".getBytes(StandardCharsets.US_ASCII));
            Files.createSymbolicLink(folder.resolve("link"), Path.of("/nowhere/canary-in-a-name"));

            List<Finding> findings = search.scanFiles(folder).findings();

            assertThat(findings).hasSize(3);
            assertThat(findings).noneMatch(finding -> finding.toString().contains("canary-in-a-name"));
            assertThat(findings).allMatch(finding -> finding.where().contains(folder.toString()));
        }
    }

    @Test
    void links_are_not_followed_and_pipes_not_opened() throws Exception {
        Path outside = Files.createTempFile("hvkit-canary", ".txt");
        try {
            Files.write(outside, RAW);
            Files.createSymbolicLink(folder.resolve("link"), outside);
            Process mkfifo = new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start();
            assertThat(mkfifo.waitFor()).isZero();
            write("file", new byte[] {1});

            Scan scan = canary.scanFiles(folder);

            assertThat(scan.findings()).isEmpty();
            assertThat(scan.files()).isEqualTo(1);
        } finally {
            Files.delete(outside);
        }
    }

    @Test
    void a_folder_that_is_not_there_is_an_error() {
        assertThatThrownBy(() -> canary.scanFiles(folder.resolve("gone")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND));
    }

    @Test
    void scans_add_up() {
        Scan both = canary.scanText("clean", "nothing").and(canary.scanText("the log", "password is " + TEXT));

        assertThat(both.texts()).isEqualTo(2);
        assertThat(both.findings()).containsExactly(new Finding(1, Form.RAW, "the log near byte 12"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1234567"})
    void short_secrets_are_refused(String text) {
        try (Secret tooShort = Secret.copyOf(text.getBytes(StandardCharsets.US_ASCII))) {
            assertThatThrownBy(() -> Canary.planted(tooShort)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void no_secret_and_a_closed_search_are_refused() {
        assertThatThrownBy(Canary::planted).isInstanceOf(IllegalArgumentException.class);
        canary.close();
        assertThatThrownBy(() -> canary.scanText("a text", "text")).isInstanceOf(IllegalStateException.class);
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }
}
