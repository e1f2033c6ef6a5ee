package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Things go wrong at random moments of a move; whatever they are, the verdict names the disk that holds every acknowledged
 * record. A seed is in each test's name; -Dhvkit.seed repeats it.
 */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MoveChaosIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(48);
    private static final int SLICE = 4;
    private static final int CAMPAIGN = 40;

    private enum Mishap {
        NOTHING,
        DAEMON_KILLED,
        DAEMON_RESTARTED,
        CANCELLED,
        POWERED_OFF
    }

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> the_verdict_names_the_disk_that_holds_every_acknowledged_record() {
        long first = Long.getLong("hvkit.seed", System.nanoTime());
        int rounds = Boolean.getBoolean("hvkit.thorough") ? CAMPAIGN : SLICE;
        return IntStream.range(0, rounds)
                .mapToObj(round -> DynamicTest.dynamicTest("seed " + (first + round), () -> round(first + round)));
    }

    private void round(long seed) throws InterruptedException {
        Random random = new Random(seed);
        Mishap mishap = Mishap.values()[random.nextInt(Mishap.values().length)];
        Persistence persistence = random.nextBoolean() ? Persistence.TRANSIENT : Persistence.PERSISTENT;
        try (Secret oldKey = Secret.random();
                Secret newKey = Secret.random();
                TestHost host = new TestHost(HOST.host(), GUEST.guest(), folder)) {
            Disk source = host.disk(host.pool("fast"), ImageFormat.LUKS, SIZE, List.of(oldKey));
            Disk target = host.disk(host.pool("big"), ImageFormat.LUKS, SIZE, List.of(newKey));
            MachineSpec spec = host.spec(
                            source, GuestWork.writing().inBatchesOf(16).striding(97))
                    .keptAs(persistence);
            host.hypervisor()
                    .keysFrom(volume -> Optional.of(volume.equals(source.volume()) ? oldKey.copy() : newKey.copy()));
            GuestConsole console = host.startWriting(spec, 100);
            MachineId machine = new MachineId(spec.name());
            DiskMove move = DiskMove.to(target).limitedTo(ByteSize.mebibytes(12 + random.nextInt(100)));

            BlockJob job = host.migration().start(machine, source.volume(), move);
            console.awaitAcknowledged(console.acknowledged() + random.nextInt(2500), TestHost.PATIENCE);
            happen(mishap, host, job, machine);

            JobVerdict verdict = job.await(TestHost.PATIENCE).orElseThrow();
            String story = "seed " + seed + ": " + mishap + ", " + persistence + ", " + verdict;
            List<Disk> holders = holders(verdict, source, target, mishap);
            Optional<Machine> seen = host.hypervisor().find(machine);
            if (seen.isPresent()) { // then the host says which, and that one must hold everything
                List<MachineDisk> used = seen.get().disks();
                holders = holders.stream()
                        .filter(disk -> used.equals(List.of(new MachineDisk(disk.volume(), disk.attachment()))))
                        .toList();
            }
            assertThat(holders).as("%s: %s", story, seen).isNotEmpty();
            List<RecordCheck> checks = new ArrayList<>();
            for (Disk holder : holders) {
                checks.add(host.stopAndCheck(spec, TestHost.image(holder)));
            }
            assertThat(checks).as(story).anyMatch(RecordCheck::holds);
            assertThat(host.secrets()).as(story).isEmpty();
        }
    }

    private static void happen(Mishap mishap, TestHost host, BlockJob job, MachineId machine)
            throws InterruptedException {
        switch (mishap) {
            case NOTHING -> {}
            case DAEMON_KILLED -> {
                HOST.host().killDaemon();
                HOST.host().startDaemon();
            }
            case DAEMON_RESTARTED -> {
                HOST.host().stopDaemon();
                HOST.host().startDaemon();
            }
            case CANCELLED -> job.cancel();
            case POWERED_OFF -> host.hypervisor().stop(machine, StopMode.POWER_OFF);
        }
    }

    /** Returns the disk that the verdict names; either of them if it says that nobody knows, as after a loss of power alone. */
    private static List<Disk> holders(JobVerdict verdict, Disk source, Disk target, Mishap mishap) {
        return verdict.match(
                succeeded -> List.of(target), failed -> List.of(source), cancelled -> List.of(source), vanished -> {
                    assertThat(mishap).as(vanished.evidence()).isEqualTo(Mishap.POWERED_OFF);
                    return List.of(source, target);
                });
    }
}
