package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Recovery;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.CopyMode;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A pool on a file system of 24 MiB; it is mounted before the host starts, since the host has mounts of its own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FullPoolIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final Ledger LEDGER = new Ledger();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private static Path folder;

    private static PrivateHost host;
    private static Path small;

    @BeforeAll
    static void mount() throws InterruptedException, IOException {
        small = Files.createDirectories(folder.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=24m", "hvkit-test", small.toString());
        LEDGER.add(() -> run("umount", small.toString()));
        host = PrivateHost.start(folder.resolve("host"));
        LEDGER.add(host::close);
    }

    @AfterAll
    static void unmount() {
        LEDGER.close();
    }

    @ParameterizedTest
    @EnumSource(CopyMode.class)
    void a_pool_that_fills_up_in_mid_copy_fails_the_move_and_leaves_the_machine_on_its_source(CopyMode mode)
            throws InterruptedException {
        try (Secret oldKey = Secret.random();
                Secret newKey = Secret.random();
                TestHost test = new TestHost(host, GUEST.guest(), folder)) {
            Disk source = test.disk(test.pool("fast"), ImageFormat.QCOW2, SIZE, List.of(oldKey));
            StoragePool full = test.pool(small);
            Disk target = test.disk(full, ImageFormat.LUKS, SIZE, List.of(newKey));
            MachineSpec spec =
                    test.spec(source, GuestWork.writing().inBatchesOf(16).striding(97));
            GuestConsole console = test.startWriting(spec, 100);
            MachineId machine = new MachineId(spec.name());

            BlockJob job = test.migration()
                    .start(machine, source.volume(), DiskMove.to(target).copying(mode));

            Optional<JobVerdict> verdict = job.await(TestHost.PATIENCE);
            assertThat(verdict).isPresent();
            assertThatExceptionOfType(DriverException.class)
                    .isThrownBy(() -> verdict.orElseThrow().orThrow())
                    .withMessageContaining("is full")
                    .satisfies(e -> {
                        assertThat(e.failure()).isEqualTo(Failure.EXHAUSTED);
                        assertThat(e.recovery()).isEqualTo(Recovery.CALL_OPERATOR);
                        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                    });
            console.awaitAcknowledged(console.acknowledged() + 100, TestHost.PATIENCE);
            assertThat(test.hypervisor().find(machine).orElseThrow().disks())
                    .containsExactly(new MachineDisk(source.volume(), source.attachment()));
            assertThat(test.secrets()).hasSize(1);
            RecordCheck check = test.stopAndCheck(spec, TestHost.image(source));
            assertThat(check.holds()).as(check.toString()).isTrue();
            assertThat(check.ioErrors()).as("writes of the guest that failed").isZero();
            full.detach(target.volume(), TestHost.HOST);
            full.delete(target.volume());
        }
    }

    @Test
    void a_volume_that_does_not_fit_is_refused_and_leaves_nothing() throws InterruptedException, IOException {
        try (TestHost test = new TestHost(host, GUEST.guest(), folder);
                Secret key = Secret.random()) {
            Path tiny = Files.createDirectories(folder.resolve("tiny"));
            run("mount", "-t", "tmpfs", "-o", "size=64k", "hvkit-test", tiny.toString());
            test.undoLater(() -> run("umount", tiny.toString()));
            StoragePool pool = test.pool(tiny);
            for (ImageFormat format : List.of(ImageFormat.QCOW2, ImageFormat.LUKS)) {
                CreateVolume request = CreateVolume.blank("v", SIZE).as(format).encryptedBy(key);

                assertThatExceptionOfType(DriverException.class)
                        .isThrownBy(() -> pool.create(request))
                        .satisfies(e -> {
                            assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.EXHAUSTED);
                            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                        });

                assertThat(tiny).isEmptyDirectory();
            }
        }
    }

    private static void run(String... words) throws InterruptedException {
        CommandResult result = CommandRunner.local().run(Command.of(words));
        assertThat(result.exitCode()).as(result.errors()).isZero();
    }
}
