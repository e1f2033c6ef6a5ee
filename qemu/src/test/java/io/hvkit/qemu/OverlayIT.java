package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New images over others. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OverlayIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private Image base;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        base = Image.raw(Disks.random(directory.resolve("base"), SIZE, 5));
    }

    @Test
    void a_base_of_any_format_is_seen_through_an_overlay_of_its_size() throws Exception {
        try (Secret key = Secret.random()) {
            List<Image> bases = new ArrayList<>();
            for (ImageFormat format : ImageFormat.values()) {
                if (format != ImageFormat.LUKS) {
                    Image image = Image.of(directory.resolve("base, of=" + format), format);
                    qemuImg.convert(ConvertRequest.of(base, image));
                    bases.add(image);
                }
            }
            Image luks = Disks.luks(directory.resolve("base, of=luks"), SIZE, key);
            qemuImg.convert(ConvertRequest.of(base, luks).onto(TargetState.EXISTS));
            bases.add(luks);
            for (Image below : bases) {
                Image plain = Image.qcow2(directory.resolve("overlay")).over(below);
                Image top = below.encrypts() ? plain.unlockedBy(key) : plain;
                qemuImg.create(CreateRequest.of(top));

                assertThat(qemuImg.compare(base, top).isIdentical())
                        .as("%s", top)
                        .isTrue();
                assertThat(qemuImg.info(top).backingFile())
                        .contains(below.path().orElseThrow().toString());
                assertThat(qemuImg.info(top).isEncrypted()).isEqualTo(below.encrypts());
                Files.delete(directory.resolve("overlay"));
            }
        }
    }

    @Test
    void a_larger_overlay_reads_as_zeroes_behind_its_base_and_a_smaller_is_refused() throws Exception {
        Image top = Image.qcow2(directory.resolve("top")).over(base);
        refused(CreateRequest.of(top, ByteSize.mebibytes(2)), "cut its end off");

        qemuImg.create(CreateRequest.of(top, ByteSize.mebibytes(8)));

        Image whole = Image.raw(directory.resolve("whole"));
        qemuImg.convert(ConvertRequest.of(base, CreateRequest.of(whole, ByteSize.mebibytes(8))));
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
    }

    @Test
    void what_lies_over_something_encrypted_is_encrypted_or_refused_before_a_byte_is_written() throws Exception {
        try (Secret key = Secret.random()) {
            Image secret = Disks.luks(directory.resolve("secret"), SIZE, key);
            Image sealed =
                    Image.qcow2(directory.resolve("sealed")).unlockedBy(key).over(secret);
            qemuImg.create(CreateRequest.of(sealed));
            Image clear = Image.qcow2(directory.resolve("clear"));

            refused(CreateRequest.of(clear.over(secret)), "intoPlaintext()");
            refused(CreateRequest.of(clear.over(sealed)), "intoPlaintext()");
            // qcow2 without its key looks like a plain one until its header is read
            refused(CreateRequest.of(clear.over(Image.qcow2(directory.resolve("sealed")))), "needs its key");
            // and what a plain one lies over is told by its header alone
            Image between = Image.qcow2(directory.resolve("between"));
            qemuImg.create(CreateRequest.of(between.over(secret)).intoPlaintext());
            refused(CreateRequest.of(clear.over(between)), "intoPlaintext()");
            refused(CreateRequest.of(clear.over(between.over(secret))), "intoPlaintext()");

            assertThat(Disks.names(directory)).doesNotContain("clear").noneMatch(name -> name.startsWith("."));
            qemuImg.create(CreateRequest.of(clear.over(between)).intoPlaintext());
            assertThat(qemuImg.compare(secret, clear.over(between.over(secret))).isIdentical())
                    .isTrue();
        }
    }

    @Test
    void a_base_that_is_missing_or_of_another_format_is_found_at_once() throws Exception {
        Image top = Image.qcow2(directory.resolve("top"));
        DriverException missing = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.create(CreateRequest.of(top.over(Image.raw(directory.resolve("gone"))))));
        DriverException misread = catchThrowableOfType(
                DriverException.class,
                () -> qemuImg.create(CreateRequest.of(top.over(Image.qcow2(directory.resolve("base"))))));

        assertThat(missing.failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(misread.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(List.of(missing, misread))
                .extracting(DriverException::effect)
                .containsOnly(Effect.NOT_APPLIED);
        assertThat(Disks.names(directory)).containsExactly("base");
    }

    @Test
    void a_relative_name_moves_with_its_folder() throws Exception {
        Path pool = Files.createDirectory(directory.resolve("pool"));
        Path odd = Files.createDirectory(pool.resolve("file:odd, folder"));
        Image below = Image.raw(Files.copy(directory.resolve("base"), odd.resolve("b:c,d")));
        Image top = Image.qcow2(pool.resolve("top")).over(below);
        qemuImg.create(CreateRequest.of(top).naming(BackingName.RELATIVE));
        Path moved = Files.move(pool, directory.resolve("moved"));

        assertThat(qemuImg.compare(base, Image.qcow2(moved.resolve("top"))).isIdentical())
                .isTrue();
        refused(
                CreateRequest.of(Image.qcow2(moved.resolve("other")).over(base)).naming(BackingName.RELATIVE),
                "BackingName.ABSOLUTE");
    }

    @Test
    void only_divided_clusters_can_be_preallocated_over_something() throws Exception {
        Image top = Image.qcow2(directory.resolve("top")).over(base);
        refused(CreateRequest.of(top).preallocated(Preallocation.METADATA), "withSubClusters()");

        qemuImg.create(CreateRequest.of(top)
                .laidOutAs(Qcow2Layout.standard().withSubClusters())
                .preallocated(Preallocation.METADATA));
        assertThat(qemuImg.compare(base, top).isIdentical()).isTrue();
    }

    @Test
    void a_name_that_no_header_holds_is_refused() throws Exception {
        Path deep = directory;
        for (int i = 0; i < 5; i++) {
            deep = deep.resolve("d".repeat(220));
        }
        Files.createDirectories(deep);
        Image far = Image.raw(Files.copy(directory.resolve("base"), deep.resolve("b")));

        refused(CreateRequest.of(Image.qcow2(directory.resolve("top")).over(far)), "1023 bytes");
    }

    @Test
    void a_base_that_a_process_writes_to_may_get_an_overlay() throws Exception {
        Image below = Image.qcow2(directory.resolve("running"));
        qemuImg.convert(ConvertRequest.of(base, below));
        try (HeldImage held = HeldImage.of(below)) {
            assertThat(held.isHeld()).isTrue();
            Image top = Image.qcow2(directory.resolve("top")).over(below);
            qemuImg.create(CreateRequest.of(top));
            assertThat(qemuImg.info(top).virtualSize()).isEqualTo(SIZE);
        }
    }

    @Test
    void only_what_an_overlay_itself_holds_is_copied_onto_the_same_base() throws Exception {
        try (Secret key = Secret.random()) {
            Image below = Disks.luks(directory.resolve("below"), SIZE, key);
            qemuImg.convert(ConvertRequest.of(base, below).onto(TargetState.EXISTS));
            Image top = Image.qcow2(directory.resolve("top")).over(below);
            qemuImg.create(CreateRequest.of(top).intoPlaintext());
            Image patch = Image.raw(Disks.random(directory.resolve("patch"), ByteSize.mebibytes(1), 6));
            Image start = Image.at(
                    QemuImageOptions.part(top.options(), ByteSize.ZERO, ByteSize.mebibytes(1)), ImageFormat.RAW);
            qemuImg.convert(ConvertRequest.of(patch, start).onto(TargetState.EXISTS));

            Image copy = Image.qcow2(directory.resolve("copy")).over(below);
            qemuImg.convert(ConvertRequest.of(top, copy).intoPlaintext());

            assertThat(qemuImg.compare(top, copy).isIdentical()).isTrue();
            assertThat(qemuImg.info(copy).actualSize()).isLessThan(ByteSize.mebibytes(2));
            Image stray = Image.qcow2(directory.resolve("stray")).over(below);
            for (ConvertRequest request : List.of(
                    ConvertRequest.of(patch, stray),
                    ConvertRequest.of(Image.qcow2(directory.resolve("top")), stray),
                    ConvertRequest.of(top, CreateRequest.of(stray, ByteSize.mebibytes(8))))) {
                DriverException e =
                        catchThrowableOfType(DriverException.class, () -> qemuImg.convert(request.intoPlaintext()));
                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            }
            assertThat(Disks.names(directory)).doesNotContain("stray");
        }
    }

    @Test
    void zeroes_are_never_spared_where_a_base_would_be_seen() throws Exception {
        Image top = Image.qcow2(directory.resolve("top")).over(base);
        qemuImg.create(CreateRequest.of(top));
        Image zeroes = Image.raw(directory.resolve("zeroes"));
        qemuImg.create(zeroes, SIZE);

        for (Image target : List.of(top, Image.qcow2(directory.resolve("top")))) {
            DriverException e = catchThrowableOfType(
                    DriverException.class,
                    () -> qemuImg.convert(ConvertRequest.of(zeroes, target).onto(TargetState.EXISTS_ZEROED)));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
        qemuImg.convert(ConvertRequest.of(zeroes, top).onto(TargetState.EXISTS));
        assertThat(qemuImg.compare(zeroes, top).isIdentical()).isTrue();
    }

    private void refused(CreateRequest request, String words) throws Exception {
        List<String> before = Disks.names(directory);
        DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.create(request));
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(e).hasMessageContaining(words);
        assertThat(Disks.names(directory)).isEqualTo(before);
    }
}
