package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskBus;
import io.hvkit.hypervisor.spi.DiskDevice;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that changes the devices of machines that run. */
public abstract non-sealed class HotPlugContract extends HypervisorCases {

    private static final int REPEATS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final MacAddress CARD = new MacAddress("52:54:00:c0:17:ac");

    private HotPlug plug;
    private Disk data;

    /** Made by JUnit. */
    protected HotPlugContract() {}

    /** Returns how many bytes there are at the place of a disk that was made for a case. */
    protected abstract ByteSize sizeOf(Disk disk) throws InterruptedException;

    /** Made by JUnit: makes another disk. */
    @BeforeEach
    final void find() throws InterruptedException {
        plug = hypervisor.hotPlug().orElseThrow();
        data = anotherDisk();
    }

    @Test
    final void a_disk_is_attached_once_however_often_it_is_asked_for() throws InterruptedException {
        MachineId id = start(spec).id();
        HotPlug second = connection().hotPlug().orElseThrow();

        for (int i = 0; i < REPEATS; i++) {
            plug.attach(id, data);
            second.attach(id, data);
        }
        assertThat(disks(id)).containsExactly(place(disk), place(data));
        assertThat(connection().find(id).orElseThrow().disks()).containsExactly(place(disk), place(data));
    }

    @Test
    final void what_is_elsewhere_or_another_is_refused_and_the_machine_is_as_it_was() throws InterruptedException {
        MachineId id = start(spec).id();
        Disk elsewhere = Disk.of(disk.volume(), data.attachment(), data.format());
        Disk samePlace = Disk.of(data.volume(), disk.attachment(), disk.format());
        Disk absent = underTest().absentDisk();

        refuses(Failure.EXISTS_DIFFERENTLY, () -> plug.attach(id, elsewhere));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> plug.attach(id, samePlace));
        refuses(Failure.NOT_FOUND, () -> plug.attach(id, absent));
        assertThat(disks(id)).containsExactly(place(disk));
        plug.attach(id, data);
        assertThat(disks(id)).containsExactly(place(disk), place(data));
    }

    @Test
    final void a_disk_of_another_machine_is_in_use() throws InterruptedException {
        MachineId id = start(spec).id();
        MachineId other = start(MachineSpec.named(unique()).with(data)).id();

        refuses(Failure.IN_USE, () -> plug.attach(id, data));
        assertThat(disks(id)).containsExactly(place(disk));
        assertThat(disks(other)).containsExactly(place(data));
    }

    @Test
    final void an_attached_disk_is_in_use_until_its_machine_has_ended() throws InterruptedException {
        MachineId id = start(spec).id();
        plug.attach(id, data);
        MachineSpec other = MachineSpec.named(unique()).with(data);

        refuses(Failure.IN_USE, () -> start(other));
        hypervisor.stop(id, StopMode.POWER_OFF);
        assertThat(start(other).disks()).containsExactly(place(data));
    }

    @Test
    final void a_machine_that_does_not_run_is_not_found_and_detaching_from_it_succeeds() throws InterruptedException {
        MachineId nobody = new MachineId(unique());
        ByteSize larger = sizeOf(disk).plus(ByteSize.mebibytes(1));

        refuses(Failure.NOT_FOUND, () -> plug.attach(nobody, data));
        refuses(Failure.NOT_FOUND, () -> plug.resize(nobody, disk.volume(), larger));
        plug.detach(nobody, data.volume(), SHORT);
        plug.detach(nobody, CARD, SHORT);
    }

    @Test
    final void a_disk_that_the_guest_lets_go_is_free_and_detaching_may_be_repeated() throws InterruptedException {
        MachineSpec listening = underTest().listening(spec);
        MachineId id = start(listening).id();
        underTest().awaitGuest(listening);
        plug.attach(id, data);

        for (int i = 0; i < REPEATS; i++) {
            plug.detach(id, data.volume(), PATIENCE);
            assertThat(disks(id)).containsExactly(place(disk));
        }
        plug.detach(id, new VolumeId(unique()), SHORT);
        start(MachineSpec.named(unique()).with(data));
        refuses(Failure.IN_USE, () -> plug.attach(id, data));
    }

    @Test
    final void a_guest_that_does_not_let_go_keeps_its_disk_and_the_call_says_so() throws InterruptedException {
        MachineId id = start(underTest().deaf(spec)).id();
        plug.attach(id, data);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> plug.detach(id, data.volume(), SHORT))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.TIMED_OUT))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
        assertThat(disks(id)).containsExactly(place(disk), place(data));
        refuses(Failure.IN_USE, () -> start(MachineSpec.named(unique()).with(data)));
    }

    @Test
    final void a_disk_grows_to_the_byte_and_never_shrinks() throws InterruptedException {
        MachineId id = start(spec).id();
        ByteSize size = sizeOf(disk);
        ByteSize larger = size.plus(ByteSize.bytes(512));

        plug.resize(id, disk.volume(), size);
        assertThat(sizeOf(disk)).isEqualTo(size);
        for (int i = 0; i < REPEATS; i++) {
            plug.resize(id, disk.volume(), larger);
            assertThat(sizeOf(disk)).isEqualTo(larger);
        }
        refuses(Failure.INVALID_REQUEST, () -> plug.resize(id, disk.volume(), size));
        refuses(Failure.INVALID_REQUEST, () -> plug.resize(id, disk.volume(), larger.plus(ByteSize.bytes(1))));
        refuses(Failure.NOT_FOUND, () -> plug.resize(id, data.volume(), larger));
        assertThat(sizeOf(disk)).isEqualTo(larger);
        assertThat(sizeOf(data)).isEqualTo(size);
    }

    @Test
    final void a_remembered_machine_remembers_the_disk_that_came() throws InterruptedException {
        MachineSpec kept = spec.keptAs(Persistence.PERSISTENT);
        if (!offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            refuses(Failure.UNSUPPORTED, () -> start(kept));
            return;
        }
        MachineId id = start(kept).id();
        plug.attach(id, data);
        hypervisor.stop(id, StopMode.POWER_OFF);

        assertThat(connection().find(id).orElseThrow().disks()).containsExactly(place(disk), place(data));
    }

    @Test
    final void a_network_card_needs_an_address_and_what_is_not_offered_is_refused() throws InterruptedException {
        MachineId id = start(spec).id();
        Nic card = Nic.onNetwork("contract");

        if (offers(HypervisorFeature.NETWORK_CARDS)) {
            refuses(Failure.INVALID_REQUEST, () -> plug.attach(id, card));
            refuses(Failure.NOT_FOUND, () -> plug.attach(new MachineId(unique()), card.addressed(CARD)));
            plug.detach(id, CARD, SHORT);
        } else {
            refuses(Failure.UNSUPPORTED, () -> plug.attach(id, card.addressed(CARD)));
        }
        if (!offers(HypervisorFeature.DISK_DEVICES)) {
            Disk scsi = data.as(DiskDevice.on(DiskBus.SCSI));
            refuses(Failure.UNSUPPORTED, () -> plug.attach(id, scsi));
        }
        assertThat(disks(id)).containsExactly(place(disk));
    }
}
