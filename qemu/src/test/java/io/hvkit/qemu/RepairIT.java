package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RepairIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);
    private static final int CLUSTER = 1 << 16;
    private static final CheckResult CLEAN = CheckResult.of(CheckResult.Verdict.CLEAN, 0, 0);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private Image source;
    private Image image;

    @BeforeEach
    void make() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        source = Image.raw(Disks.random(directory.resolve("raw"), SIZE, 9));
        image = Image.qcow2(directory.resolve("image"));
        qemuImg.convert(ConvertRequest.of(source, image));
    }

    @Test
    void a_clean_image_is_left_as_it_is_to_the_byte() throws Exception {
        byte[] before = Files.readAllBytes(image.requirePath());

        for (Repair repair : Repair.values()) {
            assertThat(qemuImg.repair(image, repair)).isEqualTo(new RepairResult(CLEAN, CLEAN));
        }

        assertThat(Files.readAllBytes(image.requirePath())).isEqualTo(before);
    }

    @Test
    void leaks_are_given_back_and_the_disk_stays() throws Exception {
        setReferences(clusters(), 1);

        RepairResult result = qemuImg.repair(image, Repair.LEAKS);

        assertThat(result.before()).isEqualTo(CheckResult.of(CheckResult.Verdict.LEAKS, 0, 1));
        assertThat(result.after()).isEqualTo(CLEAN);
        assertThat(qemuImg.check(image)).isEqualTo(CLEAN);
        assertThat(qemuImg.compare(source, image).isIdentical()).isTrue();
    }

    @Test
    void corruption_is_only_mended_when_that_is_allowed() throws Exception {
        setReferences(clusters() - 2, 0);
        byte[] before = Files.readAllBytes(image.requirePath());

        RepairResult spared = qemuImg.repair(image, Repair.LEAKS);
        assertThat(spared.before().verdict()).isEqualTo(CheckResult.Verdict.CORRUPT);
        assertThat(spared.before().corruptions()).isPositive();
        assertThat(spared.after()).isEqualTo(spared.before());
        assertThat(Files.readAllBytes(image.requirePath())).isEqualTo(before);

        RepairResult mended = qemuImg.repair(image, Repair.ALL);
        assertThat(mended.before()).isEqualTo(spared.before());
        assertThat(mended.after()).isEqualTo(CLEAN);
        assertThat(qemuImg.compare(source, image).isIdentical()).isTrue();
    }

    @Test
    void what_cannot_be_mended_is_told_in_the_result() throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            file.seek(40);
            file.seek(file.readLong()); // the first entry of the first table of the two
            file.writeLong(-1);
        }

        RepairResult result = qemuImg.repair(image, Repair.ALL);

        assertThat(result.before().verdict()).isEqualTo(CheckResult.Verdict.CORRUPT);
        assertThat(result.after().verdict()).isEqualTo(CheckResult.Verdict.CORRUPT);
        assertThat(result.after().corruptions()).isPositive();
    }

    @Test
    void encrypted_images_are_checked_and_repaired_with_their_key() throws Exception {
        try (Secret key = Secret.random()) {
            image = Image.qcow2(directory.resolve("encrypted")).unlockedBy(key);
            qemuImg.create(image, SIZE);
            assertThat(qemuImg.check(image)).isEqualTo(CLEAN);
            setReferences(clusters(), 1);

            assertThat(qemuImg.repair(image, Repair.LEAKS).after()).isEqualTo(CLEAN);

            DriverException e =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.check(Image.qcow2(image.requirePath())));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
    }

    @Test
    void formats_without_structure_cannot_be_checked_or_repaired() {
        for (Image other : List.of(Image.raw(directory.resolve("a")), Image.luks(directory.resolve("a")))) {
            DriverException checked = catchThrowableOfType(DriverException.class, () -> qemuImg.check(other));
            DriverException repaired =
                    catchThrowableOfType(DriverException.class, () -> qemuImg.repair(other, Repair.ALL));
            assertThat(List.of(checked.failure(), repaired.failure())).containsOnly(Failure.UNSUPPORTED);
        }
    }

    private long clusters() throws IOException {
        return (Files.size(image.requirePath()) + CLUSTER - 1) / CLUSTER;
    }

    /** Writes how often a cluster is referred to, and makes sure that it is inside the file. */
    private void setReferences(long cluster, int count) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            file.seek(48);
            file.seek(file.readLong());
            long block = file.readLong();
            file.seek(block + cluster * 2);
            file.writeShort(count);
            file.setLength(Math.max(file.length(), (cluster + 1) * CLUSTER));
        }
    }
}
