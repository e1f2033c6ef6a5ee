package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Disks of one machine move at the same time, and share what they may copy in a second. What QEMU is told and has done is QEMU's word. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class SharedBandwidthIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(192);
    /** What QEMU copies at a time, at most. */
    private static final ByteSize PIECE = ByteSize.mebibytes(16);

    private static final ByteSize LIMIT = ByteSize.mebibytes(96);

    private final Secret key = Secret.random();
    private final List<Disk> sources = new ArrayList<>();
    private final List<Disk> targets = new ArrayList<>();
    private MachineSpec spec;
    private MachineId machine;
    private GuestConsole console;

    @BeforeEach
    void startWithThreeDisks() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            // a LUKS disk has no holes: all of it is copied
            sources.add(host.disk(host.pool("fast"), ImageFormat.LUKS, SIZE, List.of(key)));
            targets.add(host.disk(host.pool("big"), ImageFormat.LUKS, SIZE, List.of(key)));
        }
        spec = host.spec(sources.get(0), WRITING).with(sources.get(1)).with(sources.get(2));
        machine = new MachineId(spec.name());
        console = host.startWriting(spec, 16);
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void each_move_gets_an_equal_part_and_what_one_needs_no_longer_goes_to_the_others() throws InterruptedException {
        BlockJob first = start(host.migration(), 0, LIMIT);
        assertThat(speeds()).containsExactly(96L << 20, 0L, 0L);
        start(host.migration(), 1, LIMIT);
        BlockJob third = start(host.migration(), 2, LIMIT);
        awaitSpeeds(32L << 20, 32L << 20, 32L << 20);

        long before = sum(copied());
        long start = System.nanoTime();
        Await.until("144 MiB more", TestHost.PATIENCE, () -> sum(copied()) - before > 144L << 20);
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat((double) (sum(copied()) - before))
                .as("bytes that all of them copied in %s s", seconds)
                .isLessThan(LIMIT.bytes() * seconds + 3 * PIECE.bytes());

        third.cancel();
        assertThat(third.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        awaitSpeeds(48L << 20, 48L << 20, 0);
        first.cancel();
        assertThat(first.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        awaitSpeeds(0, 96L << 20, 0);

        assertUses(sources);
        console.awaitAcknowledged(console.acknowledged() + 16, TestHost.PATIENCE);
        assertHolds();
    }

    @Test
    void whoever_takes_the_moves_over_says_a_limit_that_holds_for_all_and_each_disk_arrives()
            throws InterruptedException {
        try (Hypervisor leader = host.connect()) {
            LiveDiskMigration leads = leader.liveDiskMigration().orElseThrow();
            start(leads, 0, ByteSize.mebibytes(2));
            start(leads, 1, ByteSize.mebibytes(2));
            awaitSpeeds(1L << 20, 1L << 20, 0);
        }
        start(host.migration(), 0, ByteSize.mebibytes(12));
        awaitSpeeds(6L << 20, 1L << 20, 0); // the other one is counted, and is nobody's yet
        BlockJob first = start(host.migration(), 0, ByteSize.gibibytes(2));
        BlockJob second = start(host.migration(), 1, ByteSize.gibibytes(2));

        for (BlockJob job : List.of(first, second)) {
            assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        }
        awaitSpeeds(1L << 30, 1L << 30, 0);
        second.pivot();
        assertThat(second.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);
        awaitSpeeds(2L << 30, 0, 0);
        first.pivot();
        assertThat(first.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Succeeded.class);

        assertUses(List.of(targets.get(0), targets.get(1), sources.get(2)));
        assertThat(host.migration().find(machine, sources.get(2).volume())).isEmpty();
        console.awaitAcknowledged(console.acknowledged() + 16, TestHost.PATIENCE);
        RecordCheck result = host.stopAndCheck(spec, TestHost.image(targets.get(0)));
        assertThat(result.holds()).as(result.toString()).isTrue();
    }

    @Test
    void a_limit_of_its_own_is_not_shared_and_a_move_that_cannot_begin_takes_nothing() throws InterruptedException {
        BlockJob own =
                host.migration().start(machine, sources.get(0).volume(), move(0).limitedTo(ByteSize.mebibytes(3)));
        start(host.migration(), 1, LIMIT);
        assertThat(speeds()).containsExactly(3L << 20, 96L << 20, 0L);
        try (Secret wrong = Secret.random()) {
            Disk locked = Disk.of(targets.get(2).volume(), targets.get(2).attachment(), ImageFormat.LUKS)
                    .unlockedBy(wrong);
            refuses(
                    Failure.BAD_CREDENTIALS,
                    () -> host.migration()
                            .start(
                                    machine,
                                    sources.get(2).volume(),
                                    DiskMove.to(locked).sharing(LIMIT)));
        }
        awaitSpeeds(3L << 20, 96L << 20, 0);
        start(host.migration(), 2, LIMIT);
        awaitSpeeds(3L << 20, 48L << 20, 48L << 20);
        refuses(Failure.OPERATION_PENDING, () -> start(host.migration(), 0, ByteSize.mebibytes(300)));
        refuses(
                Failure.OPERATION_PENDING,
                () -> host.migration().start(machine, sources.get(1).volume(), move(1)));
        refuses(
                Failure.OPERATION_PENDING,
                () -> host.migration()
                        .start(machine, sources.get(2).volume(), move(2).limitedTo(ByteSize.mebibytes(5))));
        start(host.migration(), 1, LIMIT); // an equal request is none of these, and looks at all of them
        awaitSpeeds(3L << 20, 48L << 20, 48L << 20);

        own.cancel();
        assertThat(own.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Cancelled.class);
        assertThat(speeds()).containsExactly(0L, 48L << 20, 48L << 20);
    }

    private BlockJob start(LiveDiskMigration migration, int disk, ByteSize limit) throws InterruptedException {
        return migration.start(machine, sources.get(disk).volume(), move(disk).sharing(limit));
    }

    private DiskMove move(int disk) {
        return DiskMove.to(targets.get(disk)).pivoting(Pivot.WHEN_ASKED);
    }

    private static long sum(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).sum();
    }

    private void awaitSpeeds(long... bytesPerSecond) throws InterruptedException {
        List<Long> wanted = Arrays.stream(bytesPerSecond).boxed().toList();
        Await.until("limits of " + wanted, TestHost.PATIENCE, () -> speeds().equals(wanted));
    }

    /** Returns the limits that QEMU keeps to, disk by disk; 0 where nothing is copied. */
    private List<Long> speeds() throws InterruptedException {
        return told("bandwidth");
    }

    /** Returns how many bytes QEMU has copied, disk by disk. */
    private List<Long> copied() throws InterruptedException {
        return told("cur");
    }

    private List<Long> told(String what) throws InterruptedException {
        Pattern field = Pattern.compile("(?m)^\\s*" + what + "=(\\d+)$");
        List<Long> found = new ArrayList<>();
        for (String disk : List.of("vda", "vdb", "vdc")) {
            Matcher matcher =
                    field.matcher(host.virsh("blockjob", machine.value(), disk, "--info", "--raw", "--bytes"));
            found.add(matcher.find() ? Long.parseLong(matcher.group(1)) : 0);
        }
        return found;
    }

    private void assertUses(List<Disk> disks) throws InterruptedException {
        String xml = host.virsh("dumpxml", machine.value());
        for (Disk disk : disks) {
            assertThat(xml).contains("<source file='" + TestHost.file(disk) + "'");
        }
    }

    private void assertHolds() throws InterruptedException {
        RecordCheck result = host.stopAndCheck(spec, TestHost.image(sources.get(0)));
        assertThat(result.holds()).as(result.toString()).isTrue();
    }
}
