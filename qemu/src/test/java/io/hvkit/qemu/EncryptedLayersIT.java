package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chain of three layers, each with a key of its own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptedLayersIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);
    private static final List<Secret> KEYS =
            List.of(Disks.fastKey("bottom"), Disks.fastKey("middle"), Disks.fastKey("top"));

    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private ImageLayers layers;
    private Image bottom;
    private Image middle;
    private Image top;

    @BeforeAll
    static void makeOnce() throws Exception {
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        qemuImg.create(Image.luks(shared.resolve("bottom")).unlockedBy(KEYS.get(0)), SIZE);
        qemuImg.create(Image.qcow2(shared.resolve("middle")).unlockedBy(KEYS.get(1)), SIZE);
        qemuImg.create(Image.qcow2(shared.resolve("top")).unlockedBy(KEYS.get(2)), SIZE);
    }

    @AfterAll
    static void wipe() {
        KEYS.forEach(Secret::close);
    }

    @BeforeEach
    void make() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        layers = qemuImg.layers();
        for (String name : List.of("bottom", "middle", "top")) {
            Files.copy(shared.resolve(name), directory.resolve(name));
        }
        bottom = Image.luks(directory.resolve("bottom")).unlockedBy(KEYS.get(0));
        Image ownMiddle = Image.qcow2(directory.resolve("middle")).unlockedBy(KEYS.get(1));
        Image ownTop = Image.qcow2(directory.resolve("top")).unlockedBy(KEYS.get(2));
        fill(bottom, 1);
        fill(ownTop, 2); // before it lies over anything, so that it holds this itself
        layers.changeBackingFile(RebaseRequest.onto(ownMiddle, bottom).named(BackingName.ABSOLUTE));
        middle = ownMiddle.over(bottom);
        layers.changeBackingFile(RebaseRequest.onto(ownTop, Image.qcow2(directory.resolve("middle")))
                .named(BackingName.RELATIVE));
        top = ownTop.over(middle);
    }

    @Test
    void an_overlay_is_committed_with_the_key_of_each_layer() throws Exception {
        Image whole = plainCopyOf(top);

        layers.commit(CommitRequest.of(top).into(middle), ProgressListener.NONE); // which lies over another itself
        assertThat(qemuImg.compare(whole, middle).isIdentical()).isTrue();
        assertThat(qemuImg.compare(whole, top).isIdentical()).isTrue();
        assertThat(qemuImg.compare(whole, bottom).isIdentical()).isFalse();

        layers.commit(CommitRequest.of(top).into(bottom), ProgressListener.NONE);
        assertThat(qemuImg.compare(whole, bottom).isIdentical()).isTrue();
        assertThat(LuksHeader.read(bottom.requirePath())).isPresent();
    }

    @Test
    void without_a_key_or_with_a_wrong_one_nothing_is_written() throws Exception {
        Image keyless = Image.qcow2(top.requirePath()).unlockedBy(KEYS.get(2));
        Image wrong = keyless.over(
                Image.qcow2(middle.requirePath()).unlockedBy(KEYS.get(0)).over(bottom));
        List<String> before = hashes();

        DriverException missing = catchThrowableOfType(
                DriverException.class, () -> layers.commit(CommitRequest.of(keyless), ProgressListener.NONE));
        DriverException bad = catchThrowableOfType(
                DriverException.class, () -> layers.commit(CommitRequest.of(wrong), ProgressListener.NONE));
        DriverException flattened = catchThrowableOfType(
                DriverException.class, () -> layers.rebase(RebaseRequest.flatten(wrong), ProgressListener.NONE));

        assertThat(missing.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(List.of(bad.failure(), flattened.failure())).containsOnly(Failure.BAD_CREDENTIALS);
        assertThat(List.of(missing.effect(), bad.effect(), flattened.effect())).containsOnly(Effect.NOT_APPLIED);
        assertThat(hashes()).isEqualTo(before);
    }

    @Test
    void a_chain_is_flattened_and_stays_encrypted() throws Exception {
        Image whole = plainCopyOf(middle);

        layers.rebase(RebaseRequest.flatten(middle), ProgressListener.NONE);

        Image flat = Image.qcow2(middle.requirePath()).unlockedBy(KEYS.get(1));
        assertThat(qemuImg.info(flat).backingFile()).isEmpty();
        assertThat(qemuImg.compare(whole, flat).isIdentical()).isTrue();
        assertThat(LuksHeader.read(flat.requirePath())).isPresent();
    }

    @Test
    void an_encrypted_overlay_moves_onto_a_base_in_clear_and_no_header_tells_of_keys() throws Exception {
        Image whole = plainCopyOf(middle);
        Image clear = Image.raw(Disks.random(directory.resolve("clear"), SIZE, 7));

        layers.rebase(RebaseRequest.onto(middle, clear).named(BackingName.RELATIVE), ProgressListener.NONE);

        Image moved = Image.qcow2(middle.requirePath()).unlockedBy(KEYS.get(1));
        assertThat(qemuImg.info(moved).backingFile()).contains("clear");
        assertThat(qemuImg.compare(whole, moved).isIdentical()).isTrue();
    }

    @Test
    void nothing_is_copied_onto_a_base_whose_key_qemu_would_not_take() throws Exception {
        List<String> before = hashes();

        DriverException e = catchThrowableOfType(
                DriverException.class, () -> layers.rebase(RebaseRequest.onto(top, bottom), ProgressListener.NONE));

        assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
        assertThat(hashes()).isEqualTo(before);
    }

    @Test
    void what_is_encrypted_is_not_written_in_clear_unless_that_is_said() throws Exception {
        Image clear = Image.qcow2(directory.resolve("clear"));
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", clear.place(), "1M");
        RebaseRequest over = RebaseRequest.onto(clear, bottom);
        List<String> unnamed = hashes();
        DriverException named = catchThrowableOfType(DriverException.class, () -> layers.changeBackingFile(over));
        assertThat(named.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(hashes()).isEqualTo(unnamed);
        layers.changeBackingFile(over.intoPlaintext());
        Image plainBase = Image.raw(directory.resolve("plain"));
        qemuImg.create(plainBase, SIZE);
        Image ownTop = Image.qcow2(top.requirePath()).unlockedBy(KEYS.get(2));
        layers.changeBackingFile(RebaseRequest.onto(ownTop, plainBase).named(BackingName.ABSOLUTE));
        List<String> before = hashes();

        DriverException flattened = catchThrowableOfType(
                DriverException.class,
                () -> layers.rebase(RebaseRequest.flatten(clear.over(bottom)), ProgressListener.NONE));
        DriverException committed = catchThrowableOfType(
                DriverException.class, () -> layers.commit(CommitRequest.of(ownTop), ProgressListener.NONE));
        assertThat(List.of(flattened.failure(), committed.failure())).containsOnly(Failure.INVALID_REQUEST);
        assertThat(hashes()).isEqualTo(before);

        Image whole = plainCopyOf(ownTop);
        layers.rebase(RebaseRequest.flatten(clear.over(bottom)).intoPlaintext(), ProgressListener.NONE);
        layers.commit(CommitRequest.of(ownTop).intoPlaintext(), ProgressListener.NONE);
        assertThat(qemuImg.compare(bottom, clear).isIdentical()).isTrue();
        assertThat(qemuImg.compare(whole, plainBase).isIdentical()).isTrue();
    }

    private void fill(Image image, long seed) throws Exception {
        Path content = Disks.random(directory.resolve("content" + seed), SIZE, seed);
        qemuImg.convert(ConvertRequest.of(Image.raw(content), image).onto(TargetState.EXISTS));
    }

    private Image plainCopyOf(Image image) throws Exception {
        Image copy = Image.raw(directory.resolve("whole"));
        qemuImg.convert(ConvertRequest.of(image, copy).intoPlaintext());
        return copy;
    }

    private List<String> hashes() throws Exception {
        return List.of(
                Disks.hash(bottom.requirePath(), 1 << 24),
                Disks.hash(middle.requirePath(), 1 << 24),
                Disks.hash(top.requirePath(), 1 << 24));
    }
}
