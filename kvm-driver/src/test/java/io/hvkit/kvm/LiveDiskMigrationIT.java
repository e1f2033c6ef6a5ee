package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class LiveDiskMigrationIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final JobVerdict SUCCEEDED = new JobVerdict.Succeeded(List.of());

    private final Secret oldKey = Secret.random();
    private final Secret newKey = Secret.random();
    private Disk source;
    private Disk target;
    private MachineSpec spec;
    private MachineId machine;

    @BeforeEach
    void prepare() throws InterruptedException {
        source = host.disk(host.pool("fast"), ImageFormat.QCOW2, SIZE, List.of(oldKey));
        target = host.disk(host.pool("big"), ImageFormat.LUKS, SIZE, List.of(newKey));
        spec = host.spec(source, WRITING);
        machine = new MachineId(spec.name());
    }

    @AfterEach
    void wipe() {
        oldKey.close();
        newKey.close();
    }

    @ParameterizedTest
    @EnumSource(Persistence.class)
    void an_encrypted_disk_moves_to_a_new_key_while_the_guest_writes(Persistence persistence)
            throws InterruptedException {
        spec = spec.keptAs(persistence);
        GuestConsole console = host.startWriting(spec, 100);
        long before = console.acknowledged();

        BlockJob job = host.migration().start(machine, source.volume(), slowly(DiskMove.to(target)));

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertThat(console.acknowledged()).as("records written meanwhile").isGreaterThan(before);
        assertThat(job.phase()).isEqualTo(BlockJobPhase.ENDED);
        assertThat(job.progress().percent()).isEqualTo(100);
        if (persistence == Persistence.PERSISTENT) {
            assertThat(host.virsh("dumpxml", "--inactive", machine.value()))
                    .contains(TestHost.file(target).toString())
                    .doesNotContain(TestHost.file(source) + "'/>");
        }
        assertUsesTargetAlone(console);
    }

    @Test
    void a_plain_disk_becomes_an_encrypted_one() throws InterruptedException {
        Disk plain = host.disk(host.pool("fast"), ImageFormat.RAW, SIZE, List.of());
        spec = host.spec(plain, WRITING);
        machine = new MachineId(spec.name());
        GuestConsole console = host.startWriting(spec, 100);

        BlockJob job = host.migration().start(machine, plain.volume(), DiskMove.to(target));

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertUsesTargetAlone(console);
    }

    @Test
    void a_target_whose_key_takes_seconds_to_derive_is_waited_for() throws InterruptedException {
        try (Secret chosen = Secret.copyOf("a person's choice".getBytes(StandardCharsets.UTF_8))) {
            target = host.disk(host.pool("slow"), ImageFormat.LUKS, SIZE, List.of(chosen));
            GuestConsole console = host.startWriting(spec, 100);

            BlockJob job = host.migration().start(machine, source.volume(), DiskMove.to(target));

            assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
            assertUsesTargetAlone(console);
        }
    }

    @Test
    void callers_lose_their_patience_are_interrupted_or_ask_again_and_the_job_goes_on() throws InterruptedException {
        GuestConsole console = host.startWriting(spec, 100);
        DiskMove move = slowly(DiskMove.to(target));
        BlockJob job = host.migration().start(machine, source.volume(), move);

        assertThat(job.await(Duration.ofMillis(1))).isEmpty();
        Thread.currentThread().interrupt();
        assertThat(interrupted(() -> job.await(TestHost.PATIENCE))).isTrue();
        assertThat(host.migration().start(machine, source.volume(), move)).isSameAs(job);
        assertThat(host.migration().find(machine, source.volume())).containsSame(job);

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertThat(host.migration().find(machine, target.volume())).isEmpty();
        assertUsesTargetAlone(console);
    }

    @Test
    void another_connection_finds_a_job_and_switches_the_machine() throws InterruptedException {
        GuestConsole console = host.startWriting(spec, 100);
        Hypervisor first = host.connect();
        BlockJob job = first.liveDiskMigration()
                .orElseThrow()
                .start(machine, source.volume(), DiskMove.to(target).pivoting(Pivot.WHEN_ASKED));
        assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        first.close();

        BlockJob found = host.migration().find(machine, source.volume()).orElseThrow();
        assertThat(found.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
        assertThat(found.await(Duration.ZERO)).isEmpty();
        found.pivot();

        assertThat(found.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertUsesTargetAlone(console);
    }

    @Test
    void the_daemon_is_killed_in_mid_copy_and_the_move_still_succeeds() throws InterruptedException {
        GuestConsole console = host.startWriting(spec, 100);
        host.hypervisor()
                .keysFrom(volume -> Optional.of(volume.equals(source.volume()) ? oldKey.copy() : newKey.copy()));
        BlockJob job = host.migration().start(machine, source.volume(), slowly(DiskMove.to(target)));

        HOST.host().killDaemon();
        assertThat(job.await(Duration.ofSeconds(1)))
                .as("nobody answers, so nobody knows")
                .isEmpty();
        HOST.host().startDaemon();

        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertUsesTargetAlone(console);
    }

    @Test
    void another_encrypted_disk_that_stays_keeps_its_secret_and_its_bytes() throws InterruptedException, IOException {
        try (Secret third = Secret.random()) {
            Disk staying = host.disk(host.pool("fast"), ImageFormat.LUKS, SIZE, List.of(third));
            spec = spec.with(staying);
            byte[] before = Files.readAllBytes(TestHost.file(staying));
            GuestConsole console = host.startWriting(spec, 100);
            String secret = secretOf(staying);

            BlockJob job = host.migration().start(machine, source.volume(), DiskMove.to(target));

            assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
            console.awaitAcknowledged(console.acknowledged() + 100, TestHost.PATIENCE);
            assertThat(host.secrets()).hasSize(2).contains(secret);
            assertThat(secretOf(staying)).isEqualTo(secret);
            RecordCheck check = host.stopAndCheck(spec, TestHost.image(target));
            assertThat(check.holds()).as(check.toString()).isTrue();
            assertThat(Files.readAllBytes(TestHost.file(staying))).isEqualTo(before);
            assertThat(host.secrets()).isEmpty();
        }
    }

    /** Returns what opens a disk of the machine, as libvirt says. */
    private String secretOf(Disk disk) throws InterruptedException {
        String xml = host.virsh("dumpxml", machine.value());
        String after = xml.substring(xml.indexOf("<source file='" + TestHost.file(disk)));
        int at = after.indexOf("uuid='") + "uuid='".length();
        return after.substring(at, at + UUID.randomUUID().toString().length());
    }

    private static DiskMove slowly(DiskMove move) {
        return move.limitedTo(ByteSize.mebibytes(20));
    }

    /** The guest goes on, on the target; libvirt has the target's secret alone; no acknowledged record is lost. */
    private void assertUsesTargetAlone(GuestConsole console) throws InterruptedException {
        console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
        assertThat(host.hypervisor().find(machine).orElseThrow().disks())
                .containsExactly(new MachineDisk(target.volume(), target.attachment()));
        assertThat(host.secrets()).hasSize(1);
        RecordCheck check = host.stopAndCheck(spec, TestHost.image(target));
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(host.secrets()).as("secrets after the machine has stopped").isEmpty();
    }

    private interface Waiting {
        Object done() throws InterruptedException;
    }

    private static boolean interrupted(Waiting waiting) {
        try {
            waiting.done();
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
