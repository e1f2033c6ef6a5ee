package io.hvkit.kvm.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.kvm.internal.pool.PoolDirectory.Mounting;
import io.hvkit.kvm.internal.pool.PoolDirectory.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tables of mounts say that this machine cannot have, such as NFS; what it can have is mounted elsewhere. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolDirectoryTest {

    private static final PoolId POOL = new PoolId("p");

    @TempDir
    private Path folder;

    private Path pool;
    private Path table;

    @BeforeEach
    void make() throws IOException {
        pool = Files.createDirectory(folder.resolve("pool")).toRealPath();
        table = folder.resolve("mountinfo");
        mount("nfs4 nas1:/export");
    }

    private void mount(String what) throws IOException {
        Files.writeString(
                table, "21 1 8:1 / / rw - ext4 /dev/root rw\n22 21 0:9 / " + pool + " rw - " + what + " rw\n");
    }

    private PoolDirectory opened(Mounting mounting, String... source) {
        return PoolDirectory.open(
                POOL,
                new Place(
                        pool,
                        mounting,
                        Optional.of(source).filter(s -> s.length > 0).map(s -> s[0])),
                table);
    }

    @Test
    void nfs_of_either_age_is_taken_also_below_its_mount_point() throws IOException, InterruptedException {
        assertThat(opened(Mounting.NFS).look(() -> "seen")).isEqualTo("seen");
        assertThat(opened(Mounting.NFS, "nas1:/export").look(() -> "seen")).isEqualTo("seen");
        mount("nfs nas1:/export");
        Path below = Files.createDirectory(pool.resolve("below"));

        assertThat(PoolDirectory.open(POOL, new Place(below, Mounting.NFS, Optional.empty()), table)
                        .path())
                .isEqualTo(below);
    }

    @Test
    void another_export_and_another_file_system_are_refused() throws IOException {
        assertThat(refused(Failure.HOST_NOT_READY, () -> opened(Mounting.NFS, "nas2:/export")))
                .hasMessageContaining("nas1:/export (nfs4) at " + pool)
                .hasMessageContaining("nas2:/export");
        mount("ext4 /dev/sdb");
        assertThat(refused(Failure.HOST_NOT_READY, () -> opened(Mounting.NFS)))
                .hasMessageContaining("/dev/sdb (ext4)")
                .hasMessageContaining("mount it first");
    }

    @Test
    void a_lost_export_fails_a_question_and_a_change_before_anything_is_done() throws IOException {
        PoolDirectory directory = opened(Mounting.NFS);
        Files.writeString(table, "21 1 8:1 / / rw - ext4 /dev/root rw\n");

        for (PoolCall call : new PoolCall[] {directory::look, directory::change}) {
            DriverException lost = refused(
                    Failure.HOST_NOT_READY,
                    () -> call.of(() -> {
                        throw new AssertionError("nothing is to be done");
                    }));
            assertThat(lost).hasMessageContaining("was on nas1:/export").hasMessageContaining("now it is on /dev/root");
            assertThat(lost.effect()).isEqualTo(Effect.NOT_APPLIED);
        }
    }

    @Test
    void an_export_that_is_lost_meanwhile_makes_no_answer_and_a_change_unknown() throws IOException {
        PoolDirectory directory = opened(Mounting.NFS);

        assertThat(refused(Failure.HOST_NOT_READY, () -> directory.look(this::lose))
                        .effect())
                .isEqualTo(Effect.NOT_APPLIED);
        mount("nfs4 nas1:/export");
        assertThat(refused(Failure.HOST_NOT_READY, () -> directory.change(this::lose))
                        .effect())
                .isEqualTo(Effect.UNKNOWN);
    }

    @Test
    void what_fails_because_an_export_is_lost_says_so() throws IOException {
        PoolDirectory directory = opened(Mounting.NFS);

        DriverException lost = refused(
                Failure.HOST_NOT_READY,
                () -> directory.look(() -> {
                    lose();
                    throw DriverException.because(Failure.NOT_FOUND).message("there is no volume v");
                }));

        assertThat(lost.getSuppressed()).singleElement().asString().contains("there is no volume v");
    }

    @Test
    void an_automounter_that_mounts_nothing_is_no_nfs() throws IOException {
        mount("autofs /etc/auto.nas");

        assertThat(refused(Failure.HOST_NOT_READY, () -> opened(Mounting.NFS))).hasMessageContaining("autofs");
    }

    private String lose() {
        try {
            Files.writeString(table, "21 1 8:1 / / rw - ext4 /dev/root rw\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return "an answer from below";
    }

    /** A way to work in the directory. */
    @FunctionalInterface
    private interface PoolCall {
        String of(PoolWork<String> work) throws InterruptedException;
    }

    private static DriverException refused(Failure failure, ThrowingCallable call) {
        DriverException refusal = catchThrowableOfType(DriverException.class, call);
        assertThat(refusal).as("a refusal").isNotNull();
        assertThat(refusal.failure()).as(refusal.toString()).isEqualTo(failure);
        return refusal;
    }
}
