package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ImageTest {

    @Test
    void relative_paths_are_made_absolute() {
        assertThat(Image.raw(Path.of("-x")).path()).contains(Path.of("-x").toAbsolutePath());
    }

    @Test
    void a_key_says_that_it_is_encrypted_and_is_never_shown() {
        try (Secret key = Disks.key("canary")) {
            Image image = Image.luks(Path.of("/a")).unlockedBy(key);

            assertThat(image.key()).contains(key);
            assertThat(image.format()).isEqualTo(ImageFormat.LUKS);
            assertThat(image)
                    .hasToString("luks /a (encrypted)")
                    .isEqualTo(Image.luks(Path.of("/a")).unlockedBy(key));
            assertThat(image).isNotEqualTo(Image.luks(Path.of("/a")));
        }
    }

    @Test
    void raw_with_a_key_is_refused_with_the_way_out() {
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(
                    DriverException.class, () -> Image.raw(Path.of("/a")).unlockedBy(key));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e).hasMessageContaining("Image.luks(path)").hasMessageContaining("/a");
        }
    }

    @Test
    void vmdk_with_a_key_is_refused() {
        try (Secret key = Secret.random()) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> Image.of(Path.of("/a"), ImageFormat.VMDK).unlockedBy(key));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void keys_that_qemu_would_cut_or_refuse_are_refused_at_once() {
        for (byte[] bytes : new byte[][] {{'a', 0, 'b'}, {0}, {(byte) 0xff, 'a'}, {(byte) 0xc3}}) {
            try (Secret key = Secret.copyOf(bytes)) {
                DriverException e = catchThrowableOfType(
                        DriverException.class, () -> Image.luks(Path.of("/a")).unlockedBy(key));

                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                assertThat(e).hasMessageContaining("NUL");
            }
        }
    }

    @Test
    void paths_inside_archives_are_refused(@TempDir Path directory) throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> Image.raw(zip.getPath("/a")));

            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void each_layer_states_its_format_and_key() {
        try (Secret upper = Secret.random();
                Secret lower = Secret.random();
                QemuKeys keys = QemuKeys.of(chain(upper, lower))) {
            Image chain = chain(upper, lower);

            assertThat(keys.open(chain))
                    .isEqualTo("driver=qcow2,encrypt.format=luks,encrypt.key-secret=key0,file.filename=/top,"
                            + "backing.driver=luks,backing.key-secret=key1,backing.file.filename=/base");
            assertThat(keys.text(chain.headerOptions())).isEqualTo("driver=qcow2,file.filename=/top");
            assertThat(keys.arguments()).hasSize(6);
            assertThat(chain.layers()).extracting(Image::format).containsExactly(ImageFormat.QCOW2, ImageFormat.LUKS);
            assertThat(chain).hasToString("qcow2 /top (encrypted) over luks /base (encrypted)");
            assertThat(chain).isEqualTo(chain(upper, lower)).isNotEqualTo(chain(lower, upper));
        }
    }

    @Test
    void one_key_for_all_is_handed_over_once() {
        try (Secret key = Secret.random();
                QemuKeys keys = QemuKeys.of(
                        chain(key, key), Image.luks(Path.of("/other")).unlockedBy(key))) {
            assertThat(keys.arguments()).containsExactly("--object", "secret,id=key0,format=raw,file=/dev/stdin");
            assertThat(keys.open(chain(key, key)))
                    .contains("encrypt.key-secret=key0")
                    .contains("backing.key-secret=key0");
            assertThat(keys.feed(Command.of("true")).input()).contains(key);
        }
    }

    @Test
    void keys_of_the_way_there_come_first_and_keep_out_of_the_way_of_ids_that_are_taken() {
        try (Secret password = Secret.random();
                Secret key = Secret.random()) {
            QemuObject tls = QemuObject.tlsClient("key0", Path.of("/tls")).unlockedBy(password);
            Image image = Image.at(QemuImageOptions.nbd("h", 1, "").with("tls-creds", tls), ImageFormat.LUKS)
                    .unlockedBy(key);
            try (QemuKeys keys = QemuKeys.of(image);
                    QemuKeys header = QemuKeys.ofHeader(image)) {
                assertThat(keys.arguments()).hasSize(8);
                assertThat(keys.arguments().get(1)).startsWith("secret,id=master,format=base64,file=/dev/stdin");
                assertThat(keys.arguments().get(3)).startsWith("secret,id=key0x,format=base64,keyid=master,");
                assertThat(keys.arguments().get(5)).startsWith("secret,id=key1,format=base64,keyid=master,");
                assertThat(keys.arguments().get(7))
                        .isEqualTo("tls-creds-x509,id=key0,endpoint=client,dir=/tls,verify-peer=on,passwordid=key0x");
                assertThat(keys.open(image)).contains("key-secret=key1").contains("file.tls-creds=key0");
                assertThat(header.arguments().get(1)).isEqualTo("secret,id=key0x,format=raw,file=/dev/stdin");
                assertThat(header.text(image.headerOptions()))
                        .doesNotContain("key-secret")
                        .contains("file.tls-creds=key0");
            }
        }
    }

    @Test
    void two_objects_under_one_id_are_refused_and_one_object_twice_is_one() {
        QemuImageOptions nbd = QemuImageOptions.nbd("h", 1, "");
        Image one = Image.at(nbd.with("tls-creds", QemuObject.tlsClient("t", Path.of("/a"))), ImageFormat.RAW);
        Image same = Image.at(nbd.with("tls-creds", QemuObject.tlsClient("t", Path.of("/a"))), ImageFormat.QCOW2);
        Image other = Image.at(nbd.with("tls-creds", QemuObject.tlsClient("t", Path.of("/b"))), ImageFormat.RAW);

        assertThat(QemuKeys.of(one, same).arguments()).hasSize(2);
        DriverException e = catchThrowableOfType(DriverException.class, () -> QemuKeys.of(one, other));
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e).hasMessageContaining("'t'");
    }

    @Test
    void only_qcow2_lies_over_another_and_never_over_itself() {
        Image base = Image.raw(Path.of("/base"));
        for (ImageFormat format : ImageFormat.values()) {
            if (format != ImageFormat.QCOW2) {
                Image top = Image.of(Path.of("/top"), format);
                assertThat(catchThrowableOfType(DriverException.class, () -> top.over(base))
                                .failure())
                        .isEqualTo(Failure.INVALID_REQUEST);
            }
        }
        Image chain = Image.qcow2(Path.of("/top")).over(base);
        assertThat(catchThrowableOfType(
                        DriverException.class,
                        () -> Image.qcow2(Path.of("/base")).over(chain)))
                .hasMessageContaining("/base");
    }

    @Test
    void an_image_over_nothing_says_so_where_a_header_could_say_otherwise() {
        for (ImageFormat format : ImageFormat.values()) {
            boolean couldLie = format == ImageFormat.QCOW2 || format == ImageFormat.VMDK;
            String text =
                    Image.of(Path.of("/a"), format).overNothing().options().toOptionText();

            assertThat(text.endsWith(",backing=")).as(text).isEqualTo(couldLie);
        }
        Image chain = Image.qcow2(Path.of("/a")).over(Image.raw(Path.of("/b")));
        assertThat(chain.overNothing().backing()).isEmpty();
        assertThat(chain.overNothing()).isNotEqualTo(Image.qcow2(Path.of("/a")));
        assertThat(chain.overNothing().over(Image.raw(Path.of("/b")))).isEqualTo(chain);
    }

    @Test
    void an_image_elsewhere_has_no_path_and_one_in_a_file_has_however_it_is_said() {
        Image there = Image.at(QemuImageOptions.nbd("host", 10_809, "disk"), ImageFormat.RAW);
        QemuImageOptions file = QemuImageOptions.file(Path.of("/a"));

        assertThat(there.path()).isEmpty();
        assertThat(there).hasToString("raw driver=nbd,server.type=inet,server.host=host,server.port=10809,export=disk");
        assertThat(Image.at(file.off("locking"), ImageFormat.RAW).path()).contains(Path.of("/a"));
        assertThat(Image.at(QemuImageOptions.blockDevice(Path.of("/dev/a")), ImageFormat.RAW)
                        .path())
                .contains(Path.of("/dev/a"));
        assertThat(Image.at(QemuImageOptions.part(file, ByteSize.ZERO, ByteSize.mebibytes(1)), ImageFormat.RAW)
                        .path())
                .isEmpty();
    }

    @Test
    void a_luks_target_is_never_taken_for_zeroed() {
        ConvertRequest request = ConvertRequest.of(Image.raw(Path.of("/a")), Image.luks(Path.of("/b")));

        DriverException e = catchThrowableOfType(DriverException.class, () -> request.onto(TargetState.EXISTS_ZEROED));

        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e).hasMessageContaining("corrupt").hasMessageContaining("/b");
    }

    @Test
    void limits_are_positive() {
        ConvertRequest request = ConvertRequest.of(Image.raw(Path.of("/a")), Image.raw(Path.of("/b")));

        assertThat(catchThrowableOfType(DriverException.class, () -> request.within(Duration.ZERO))
                        .failure())
                .isEqualTo(Failure.INVALID_REQUEST);
        assertThat(request.limit()).isEmpty();
        assertThat(request.within(Duration.ofDays(1)).limit()).contains(Duration.ofDays(1));
    }

    @Test
    void one_key_goes_by_stdin_and_several_go_wrapped() {
        assertThat(KeyTransport.forQemu(1).transport()).isEqualTo(KeyTransport.STDIN);
        assertThat(KeyTransport.forQemu(2).transport()).isEqualTo(KeyTransport.WRAPPED);
        assertThat(KeyTransport.forQemu(2).reason()).contains("2 keys");
    }

    private static Image chain(Secret upper, Secret lower) {
        return Image.qcow2(Path.of("/top"))
                .unlockedBy(upper)
                .over(Image.luks(Path.of("/base")).unlockedBy(lower));
    }
}
