package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers, snapshots, bitmaps, maps, repairs, key slots and headers on another host, whose files do not exist here. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(180)
@Tag("drawn")
class RemoteVerbsIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(2);
    private static final int CLUSTER = 1 << 16;

    @TempDir
    private static Path work;

    private static LoopbackSshd sshd;
    private static SshRunner runner;
    private static QemuImg qemuImg;

    private Path folder;

    @BeforeAll
    static void connect() throws Exception {
        sshd = LoopbackSshd.start(work);
        runner = CommandRunner.ssh(Destinations.of(sshd));
        qemuImg = QemuImg.probe(runner);
    }

    @AfterAll
    static void disconnect() {
        runner.close();
        sshd.close();
    }

    @BeforeEach
    void makeFolder(TestInfo test) throws Exception {
        folder = sshd.folder().resolve(test.getTestMethod().orElseThrow().getName());
        there("mkdir", folder.toString());
    }

    @AfterEach
    void nothingWasMadeHere() {
        assertThat(folder).doesNotExist();
    }

    @Test
    void layers_are_read_moved_and_joined() throws Exception {
        Image base = random("ba,se");
        Image other = random("other");
        Image top = overlay(base);
        write(top, "write -P 7 64k 128k");
        Image whole = Image.raw(folder.resolve("whole"));
        qemuImg.convert(ConvertRequest.of(top, whole));
        ImageLayers layers = qemuImg.layers();
        assertThat(layers.chain(top)).hasSize(2);

        layers.rebase(RebaseRequest.onto(top, other), ProgressListener.NONE);
        assertThat(qemuImg.info(top).backingFile()).contains(other.place());
        requireSame(whole, top);
        layers.changeBackingFile(RebaseRequest.onto(top, other).named(BackingName.RELATIVE));
        assertThat(qemuImg.info(top).backingFile()).contains("other");
        requireSame(whole, top);
        layers.commit(CommitRequest.of(top), ProgressListener.NONE);
        requireSame(whole, other);
        layers.rebase(RebaseRequest.flatten(top), ProgressListener.NONE);
        assertThat(layers.chain(top)).hasSize(1);
        requireSame(whole, top);
    }

    @Test
    void snapshots_bring_a_disk_back_and_go() throws Exception {
        Image image = copyOf(random("source"));
        Image before = Image.raw(folder.resolve("source"));
        InternalSnapshots snapshots = qemuImg.snapshots(image);

        snapshots.take("first");
        write(image, "write -P 9 0 256k");
        assertThat(qemuImg.compare(before, image).isIdentical()).isFalse();
        assertThat(snapshots.list()).extracting(InternalSnapshot::name).containsExactly("first");
        snapshots.revertTo("first");
        requireSame(before, image);
        snapshots.delete("first");
        assertThat(snapshots.list()).isEmpty();
        requireSame(before, image);
    }

    @Test
    void bitmaps_record_and_are_merged() throws Exception {
        Image image = copyOf(random("source"));
        Image overlay = overlay(image);
        DirtyBitmaps bitmaps = qemuImg.bitmaps(image);
        qemuImg.bitmaps(overlay).add("since");

        bitmaps.add("a,b", ByteSize.kibibytes(4));
        bitmaps.disable("a,b");
        bitmaps.mergeFrom(overlay, "since", "a,b");
        bitmaps.add("c");
        bitmaps.merge("a,b", "c");
        assertThat(bitmaps.list())
                .filteredOn(bitmap -> !bitmap.isRecording())
                .extracting(DirtyBitmap::name)
                .containsExactly("a,b");
        bitmaps.enable("a,b");
        bitmaps.clear("a,b");
        assertThat(bitmaps.list()).hasSize(2).allMatch(DirtyBitmap::isRecording);
        bitmaps.remove("a,b");
        bitmaps.remove("c");
        assertThat(bitmaps.list()).isEmpty();
    }

    @Test
    void disks_are_measured_mapped_and_made_smaller() throws Exception {
        Image raw = random("source");
        Image image = copyOf(raw);
        List<Extent> extents = new ArrayList<>();

        Measurement measured = qemuImg.measure(CreateRequest.of(Image.qcow2(folder.resolve("none"))), raw);
        qemuImg.map(MapRequest.of(image), extents::add);

        assertThat(measured.required()).isGreaterThan(SIZE);
        assertThat(qemuImg.measure(CreateRequest.of(Image.qcow2(folder.resolve("none")), SIZE))
                        .fullyAllocated())
                .isEqualTo(measured.fullyAllocated());
        assertThat(extents).isNotEmpty();
        assertThat(extents.stream().mapToLong(extent -> extent.length().bytes()).sum())
                .isEqualTo(SIZE.bytes());
        assertThat(qemuImg.usedSize(image)).isEqualTo(SIZE);
        assertThat(qemuImg.whileInUse().chain(image)).hasSize(1);
        qemuImg.shrink(raw, ByteSize.mebibytes(1));
        qemuImg.shrink(image, ByteSize.mebibytes(1));
        assertThat(qemuImg.info(image).virtualSize()).isEqualTo(ByteSize.mebibytes(1));
        requireSame(raw, image);
    }

    @Test
    void leaks_are_given_back() throws Exception {
        Image raw = random("source");
        Image image = copyOf(raw);
        HostFiles files = runner.files();
        long size = files.status(image.requirePath()).size().bytes();
        long table = number(files, image, 48);
        long leaked = (size + CLUSTER - 1) / CLUSTER;
        long at = number(files, image, table) + leaked * 2;
        there(
                "sh",
                "-c",
                "printf '\\000\\001' | dd of=\"$0\" bs=1 seek=" + at + " conv=notrunc status=none && truncate -s "
                        + (leaked + 1) * CLUSTER + " \"$0\"",
                image.place());

        RepairResult result = qemuImg.repair(image, Repair.LEAKS);

        assertThat(result.before().verdict()).isEqualTo(CheckResult.Verdict.LEAKS);
        assertThat(result.after().verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
        requireSame(raw, image);
    }

    @Test
    void key_slots_are_filled_and_emptied_by_both_tools_and_a_lost_header_comes_back() throws Exception {
        CryptSetup cryptSetup = CryptSetup.probe(runner);
        Image image = Image.luks(folder.resolve("volume"));
        Path device = image.requirePath();
        Path backup = folder.resolve("backup");
        try (Secret one = Secret.random();
                Secret two = Secret.random();
                Secret three = Secret.random()) {
            there("truncate", "-s", "4M", device.toString());
            cryptSetup.format(device, LuksType.LUKS1, one);

            qemuImg.keySlots(image.unlockedBy(one)).add(two);
            assertThat(qemuImg.keySlots(image.unlockedBy(two)).active()).containsExactly(0, 1);
            qemuImg.keySlots(image.unlockedBy(two)).remove(one);
            assertThat(qemuImg.unlocks(image.unlockedBy(one))).isFalse();
            cryptSetup.changeKey(device, two, three);
            assertThat(cryptSetup.unlocks(device, two)).isFalse();
            assertThat(qemuImg.unlocks(image.unlockedBy(three))).isTrue();

            cryptSetup.backUpHeader(device, backup);
            String uuid = LuksHeader.read(runner.files(), device).orElseThrow().uuid();
            cryptSetup.destroyAllKeys(device, uuid);
            assertThat(cryptSetup.unlocks(device, three)).isFalse();
            cryptSetup.restoreHeader(HeaderRestore.of(backup, device));
            assertThat(cryptSetup.unlocks(device, three)).isTrue();
        }
    }

    private Image random(String name) throws InterruptedException {
        Path path = folder.resolve(name);
        there("dd", "if=/dev/urandom", "of=" + path, "bs=1M", "count=2", "status=none");
        return Image.raw(path);
    }

    private Image copyOf(Image raw) throws InterruptedException {
        Image copy = Image.qcow2(folder.resolve("copy"));
        qemuImg.convert(ConvertRequest.of(raw, copy));
        return copy;
    }

    private Image overlay(Image base) throws InterruptedException {
        Image overlay = Image.qcow2(folder.resolve("overlay"));
        String format = base.format().qemuName();
        there("qemu-img", "create", "-q", "-f", "qcow2", "-F", format, "-b", base.place(), overlay.place());
        return overlay;
    }

    private static void write(Image image, String command) throws InterruptedException {
        there("qemu-io", "-f", image.format().qemuName(), "-c", command, image.place());
    }

    private static void requireSame(Image one, Image two) throws InterruptedException {
        assertThat(qemuImg.compare(one, two).isIdentical())
                .as("%s and %s", one, two)
                .isTrue();
    }

    private static long number(HostFiles files, Image image, long offset) throws InterruptedException {
        return ByteBuffer.wrap(files.read(image.requirePath(), offset, Long.BYTES))
                .getLong();
    }

    private static void there(String... argv) throws InterruptedException {
        CommandResult result = runner.run(Command.of(argv));
        assertThat(result.succeeded()).as("%s", result).isTrue();
    }
}
