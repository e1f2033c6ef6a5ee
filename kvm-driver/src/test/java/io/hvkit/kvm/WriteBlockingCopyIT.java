package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobPhase;
import io.hvkit.hypervisor.spi.CopyMode;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Pivot;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A guest that writes faster than its disk is copied. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WriteBlockingCopyIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);

    /** Each record lies in another one of the pieces of 64 KiB that QEMU copies, so that a few of them a second outrun the limit. */
    private static final GuestWork BUSY = GuestWork.writing().inBatchesOf(1).striding(97);

    private static final ByteSize LIMIT = ByteSize.kibibytes(512);
    private static final int SYNCHRONOUS_WRITES = 8;

    @Test
    void a_guest_outruns_a_copy_in_the_background_and_not_one_that_holds_up_its_writes()
            throws InterruptedException, IOException {
        try (Secret oldKey = Secret.random();
                Secret newKey = Secret.random()) {
            Disk source = host.disk(host.pool("fast"), ImageFormat.LUKS, SIZE, List.of(oldKey));
            Disk target = host.disk(host.pool("slow"), ImageFormat.LUKS, SIZE, List.of(newKey));
            MachineSpec spec = host.spec(source, BUSY);
            MachineId machine = new MachineId(spec.name());
            assertThat(host.hypervisor().features().offers(HypervisorFeature.WRITE_BLOCKING_COPY))
                    .isTrue();
            GuestConsole console = host.startWriting(spec, 64);

            BlockJob outrun = host.migration().start(machine, source.volume(), slowly(target, CopyMode.BACKGROUND));
            assertThat(jobFlags(spec) & SYNCHRONOUS_WRITES).isZero();
            Await.until(
                    "a copy of more than there is",
                    TestHost.PATIENCE,
                    () -> outrun.progress().done().compareTo(SIZE.plus(LIMIT)) > 0);
            assertThat(outrun.phase()).as("after that much").isEqualTo(BlockJobPhase.COPYING);
            outrun.cancel();
            assertThat(outrun.await(TestHost.PATIENCE)).contains(new JobVerdict.Cancelled());

            BlockJob job = host.migration().start(machine, source.volume(), slowly(target, CopyMode.WRITE_BLOCKING));
            assertThat(jobFlags(spec) & SYNCHRONOUS_WRITES).isEqualTo(SYNCHRONOUS_WRITES);
            assertThat(job.awaitReady(TestHost.PATIENCE)).isEqualTo(BlockJobPhase.READY);
            console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
            job.pivot();
            assertThat(job.await(TestHost.PATIENCE)).contains(new JobVerdict.Succeeded(List.of()));

            console.awaitAcknowledged(console.acknowledged() + 64, TestHost.PATIENCE);
            assertThat(host.hypervisor().find(machine).orElseThrow().disks())
                    .containsExactly(new MachineDisk(target.volume(), target.attachment()));
            RecordCheck check = host.stopAndCheck(spec, TestHost.image(target));
            assertThat(check.holds()).as(check.toString()).isTrue();
            assertThat(check.ioErrors()).isZero();
        }
    }

    private static DiskMove slowly(Disk target, CopyMode mode) {
        return DiskMove.to(target).limitedTo(LIMIT).pivoting(Pivot.WHEN_ASKED).copying(mode);
    }

    /** Returns what libvirt itself has noted of how the copy was asked for; neither it nor QEMU tells that otherwise. */
    private static int jobFlags(MachineSpec spec) throws IOException {
        String status = Files.readString(HOST.host().folder().resolve("run/qemu/" + spec.name() + ".xml"));
        Matcher flags =
                Pattern.compile("<blockjob [^>]*jobflags='0x([0-9a-f]+)'").matcher(status);
        assertThat(flags.find()).as(status).isTrue();
        return Integer.parseInt(flags.group(1), 16);
    }
}
