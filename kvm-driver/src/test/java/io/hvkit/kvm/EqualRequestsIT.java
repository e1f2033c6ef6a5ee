package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.guest.GuestWork;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A repeated request is told from another one, whatever libvirt made of the first. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EqualRequestsIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    private StoragePool pool;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
    }

    @Test
    void an_amount_of_memory_that_qemu_rounds_is_the_same_request() throws InterruptedException {
        MachineSpec spec = host.spec(disk(), GuestWork.idle()).memory(ByteSize.kibibytes(131_076));

        host.start(spec);
        host.hypervisor().start(spec);

        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(spec.memory(ByteSize.mebibytes(128))));
    }

    @Test
    void characters_from_everywhere_in_a_tag_come_back() throws InterruptedException {
        MachineSpec spec = host.spec(disk(), GuestWork.idle()).tagged("mood", " \ud83d\ude00\u65e5 ");

        host.start(spec);

        assertThat(host.hypervisor().start(spec).disks()).hasSize(1);
    }

    @Test
    void disks_that_libvirt_sorts_by_bus_are_the_same_request_and_another_order_is_not() throws InterruptedException {
        Disk first = disk();
        Disk second = disk().as(DiskDevice.on(DiskBus.SCSI));
        Disk third = disk();
        MachineSpec spec = host.spec(first, GuestWork.idle());

        host.start(spec.with(second).with(third));
        host.hypervisor().start(spec.with(second).with(third));

        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> host.hypervisor()
                        .start(host.respec(spec, third).with(second).with(first)));
    }

    @Test
    void another_disk_to_boot_from_is_another_request() throws InterruptedException {
        Disk virtio = disk();
        Disk scsi = disk().as(DiskDevice.on(DiskBus.SCSI));
        MachineSpec spec = MachineSpec.named("boots-from");

        host.start(spec.with(scsi).with(virtio));
        host.hypervisor().start(spec.with(scsi).with(virtio));

        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> host.hypervisor().start(spec.with(virtio).with(scsi)));
    }

    @Test
    void a_disk_read_in_another_format_is_another_request() throws InterruptedException {
        Disk qcow2 = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of());
        MachineSpec spec = host.spec(qcow2, GuestWork.idle());
        Disk raw = Disk.of(qcow2.volume(), qcow2.attachment(), ImageFormat.RAW);

        host.start(spec);

        refuses(Failure.EXISTS_DIFFERENTLY, () -> host.hypervisor().start(host.respec(spec, raw)));
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> host.hypervisor().hotPlug().orElseThrow().attach(new MachineId(spec.name()), raw));
    }

    private Disk disk() throws InterruptedException {
        return host.disk(pool, ImageFormat.RAW, SIZE, List.of());
    }
}
