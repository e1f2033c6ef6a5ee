package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.TlsCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A busy guest that goes on on the target before all of its memory is there, over an encrypted wire and over one in clear. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PostCopyIT extends TwoHostsTest {

    /** Writes to much of its memory, as a cache of its disk, while that is copied once. */
    private static final GuestWork BUSY =
            GuestWork.writing().withBlockSize(65_536).inBatchesOf(64);

    @Test
    void a_busy_guest_goes_on_on_the_target_before_its_memory_is_there_and_is_lost_if_the_rest_never_comes()
            throws InterruptedException, IOException {
        TlsCertificates certificates = TlsCertificates.in(Files.createDirectory(folder.resolve("authority")));
        certificates.certify(HOST.host());
        certificates.certify(OTHER.host());
        Disk disk = host.disk(host.pool("shared"), ImageFormat.LUKS, SIZE, List.of(oldKey));
        MachineSpec spec = host.spec(disk, BUSY);
        GuestConsole console = startToMove(spec);

        MachineMoveJob job =
                host.machineMigration().start(id(spec), following(other, disk).over(MachineMove.Wire.ENCRYPTED));
        awaitPostCopy(job, other, spec);
        assertThat(job.await(TestHost.PATIENCE)).contains(SUCCEEDED);
        assertRunsThere(spec, disk, console);

        MachineMoveJob broken = other.machineMigration().start(id(spec), following(host, disk));
        awaitPostCopy(broken, host, spec);
        kill(HOST.host(), spec);
        assertThat(broken.await(TestHost.PATIENCE)).get().isInstanceOf(JobVerdict.Vanished.class);
        assertThat(host.hypervisor().find(id(spec))).isEmpty();
        assertThat(other.hypervisor().find(id(spec)).orElseThrow().state()).isEqualTo(MachineState.PAUSED);
        assertHolds(other.stopAndCheck(spec, TestHost.image(disk)));
    }

    private MachineMove following(TestHost target, Disk disk) {
        return to(target)
                .with(MachineMove.SharedDisks.VOUCHED_FOR)
                .unlocking(disk.volume(), oldKey)
                .with(MachineMove.BusyGuest.POST_COPY)
                .limitedTo(ByteSize.mebibytes(4)); // slower than a guest writes that has few of the processors' time
    }

    private static void awaitPostCopy(MachineMoveJob job, TestHost target, MachineSpec spec)
            throws InterruptedException {
        Await.until("a guest that runs before its memory is there", TestHost.PATIENCE, () -> {
            assertThat(job.await(Duration.ZERO)).as("a verdict before that").isEmpty();
            return target.virsh("list", "--name").contains(spec.name())
                    && target.virsh("domstate", "--reason", spec.name()).contains("post-copy");
        });
    }
}
