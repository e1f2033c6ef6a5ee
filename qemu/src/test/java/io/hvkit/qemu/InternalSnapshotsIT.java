package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class InternalSnapshotsIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;
    private Image image;

    @BeforeEach
    void make() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
        image = Image.qcow2(directory.resolve("image"));
        qemuImg.create(image, SIZE);
    }

    @Test
    void a_disk_goes_back_to_what_it_was_its_size_too() throws Exception {
        Image first = Image.raw(Disks.random(directory.resolve("first"), SIZE, 1));
        Image second = Image.raw(Disks.random(directory.resolve("second"), SIZE, 2));
        qemuImg.convert(ConvertRequest.of(first, image).onto(TargetState.EXISTS));
        InternalSnapshots snapshots = qemuImg.snapshots(image);

        InternalSnapshot taken = snapshots.take("monday");
        qemuImg.convert(ConvertRequest.of(second, image).onto(TargetState.EXISTS));
        qemuImg.resize(image, ByteSize.mebibytes(2));
        snapshots.revertTo("monday");

        assertThat(qemuImg.compare(first, image).isIdentical()).isTrue();
        assertThat(snapshots.list()).containsExactly(taken);
        assertThat(taken.guestClock()).isEqualTo(Duration.ZERO);
        assertThat(taken.machineState()).isEqualTo(ByteSize.ZERO);
        assertThat(Duration.between(taken.taken(), Instant.now()).abs()).isLessThan(Duration.ofHours(1));

        snapshots.delete("monday");
        snapshots.delete("monday");
        assertThat(snapshots.list()).isEmpty();
        assertThat(qemuImg.compare(first, image).isIdentical()).isTrue();
        assertThat(qemuImg.check(image).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
    }

    @Test
    void any_name_but_a_number_is_a_name() throws Exception {
        InternalSnapshots snapshots = qemuImg.snapshots(image);
        List<String> names = List.of("a  b,c=d", "-d", "--help", "new\nline", "snapshot.id=1", "%s", "n".repeat(255));
        for (String name : names) {
            snapshots.take(name);
        }

        assertThat(snapshots.list()).extracting(InternalSnapshot::name).containsExactlyElementsOf(names);
        for (String name : names) {
            snapshots.revertTo(name);
            snapshots.delete(name);
        }
        assertThat(snapshots.list()).isEmpty();

        for (String name : List.of("", "1", "007", "n".repeat(256))) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> snapshots.take(name));
            assertThat(e.failure()).as("'%s'", name).isEqualTo(Failure.INVALID_REQUEST);
        }
        assertThat(snapshots.list()).isEmpty();
    }

    @Test
    void a_name_that_is_the_number_of_another_never_means_the_other() throws Exception {
        InternalSnapshots snapshots = qemuImg.snapshots(image);
        Image before = Image.raw(Disks.random(directory.resolve("before"), SIZE, 1));
        snapshots.take("empty");
        qemuImg.convert(ConvertRequest.of(before, image).onto(TargetState.EXISTS));
        Disks.run("qemu-img", "snapshot", "-c", "1", image.place()); // its number is 2, its name the number of "empty"

        snapshots.revertTo("1");
        assertThat(qemuImg.compare(before, image).isIdentical()).isTrue();
        DriverException e = catchThrowableOfType(DriverException.class, () -> snapshots.delete("1"));
        assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(snapshots.list()).hasSize(2);

        snapshots.delete("2");
        assertThat(snapshots.list()).hasSize(2);
        snapshots.delete("empty");
        snapshots.delete("1");
        assertThat(snapshots.list()).isEmpty();
    }

    @Test
    void a_name_that_two_have_is_refused_and_one_that_is_taken_is_not_given_again() throws Exception {
        InternalSnapshots snapshots = qemuImg.snapshots(image);
        snapshots.take("twin");
        DriverException taken = catchThrowableOfType(DriverException.class, () -> snapshots.take("twin"));
        assertThat(taken.failure()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        Disks.run("qemu-img", "snapshot", "-c", "twin", image.place());

        DriverException deleted = catchThrowableOfType(DriverException.class, () -> snapshots.delete("twin"));
        DriverException reverted = catchThrowableOfType(DriverException.class, () -> snapshots.revertTo("twin"));
        DriverException absent = catchThrowableOfType(DriverException.class, () -> snapshots.revertTo("nobody"));

        assertThat(List.of(deleted.failure(), reverted.failure())).containsOnly(Failure.INVALID_REQUEST);
        assertThat(absent.failure()).isEqualTo(Failure.NOT_FOUND);
        assertThat(snapshots.list()).hasSize(2);
    }

    @Test
    void encrypted_images_have_snapshots_too_and_other_formats_have_none() throws Exception {
        try (Secret key = Secret.random()) {
            Image encrypted = Image.qcow2(directory.resolve("encrypted"));
            qemuImg.create(encrypted.unlockedBy(key), SIZE);
            Image content = Image.raw(Disks.random(directory.resolve("content"), SIZE, 5));
            InternalSnapshots snapshots = qemuImg.snapshots(encrypted.unlockedBy(key));

            snapshots.take("empty");
            qemuImg.convert(
                    ConvertRequest.of(content, encrypted.unlockedBy(key)).onto(TargetState.EXISTS));
            snapshots.take("full");
            snapshots.revertTo("empty");
            snapshots.revertTo("full");
            snapshots.delete("empty");

            assertThat(qemuImg.compare(content, encrypted.unlockedBy(key)).isIdentical())
                    .isTrue();
            assertThat(qemuImg.snapshots(encrypted).list())
                    .extracting(InternalSnapshot::name)
                    .containsExactly("full");
        }
        DriverException e = catchThrowableOfType(
                DriverException.class, () -> qemuImg.snapshots(Image.raw(directory.resolve("raw"))));
        assertThat(e.failure()).isEqualTo(Failure.UNSUPPORTED);
    }
}
