package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a hypervisor must do that opens encrypted disks. One that does not refuses them, which {@link HypervisorContract} asks for. */
public abstract non-sealed class EncryptedDisksContract extends HypervisorCases {

    private final Secret key = Secret.random();
    private final Secret wrong = Secret.random();
    private Disk locked;
    private MachineSpec machine;

    /** Made by JUnit. */
    protected EncryptedDisksContract() {}

    /** Returns a small disk that exists, that only this key opens, and that nothing else uses; with the key. */
    protected abstract Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException;

    /** Returns a digest of all that is stored at the place of a disk that was made for a case. */
    protected abstract String digest(Disk stored) throws InterruptedException;

    /** Made by JUnit: makes an encrypted disk. */
    @BeforeEach
    final void encrypt() throws InterruptedException {
        VolumeId volume = new VolumeId(unique());
        locked = encryptedDisk(volume, key);
        machine = MachineSpec.named(volume.value()).with(locked);
    }

    /** Made by JUnit. */
    @AfterEach
    final void wipe() {
        key.close();
        wrong.close();
    }

    @Test
    final void the_right_key_opens_the_disk_and_is_not_needed_for_an_equal_request_to_be_equal()
            throws InterruptedException {
        MachineId id = start(machine).id();

        assertThat(disks(id)).containsExactly(place(locked));
        try (Secret same = key.copy()) {
            MachineSpec again = MachineSpec.named(machine.name()).with(locked.unlockedBy(same));
            assertThat(connection().start(again).id()).isEqualTo(id);
        }
    }

    @Test
    final void the_key_is_lent_and_the_machine_runs_on_when_its_owner_wipes_it() throws InterruptedException {
        Secret lent = key.copy();
        MachineId id = start(MachineSpec.named(machine.name()).with(locked.unlockedBy(lent)))
                .id();
        assertThat(lent.matches(key)).as("the key is as it was").isTrue();
        lent.close();

        assertThat(state(id)).contains(MachineState.RUNNING);
    }

    @Test
    final void a_wrong_key_starts_nothing_changes_nothing_and_leaves_nothing() throws InterruptedException {
        String before = digest(locked);
        MachineSpec mistaken = MachineSpec.named(machine.name()).with(locked.unlockedBy(wrong));

        refuses(Failure.BAD_CREDENTIALS, () -> start(mistaken));

        assertThat(digest(locked)).isEqualTo(before);
        assertThat(names()).doesNotContain(machine.name());
        assertThat(start(machine).disks()).containsExactly(place(locked));
    }

    @Test
    final void a_wrong_key_in_an_equal_request_is_refused_and_the_machine_runs_on_with_the_one_that_works()
            throws InterruptedException {
        MachineId id = start(machine).id();
        MachineSpec mistaken = MachineSpec.named(machine.name()).with(locked.unlockedBy(wrong));

        refuses(Failure.BAD_CREDENTIALS, () -> hypervisor.start(mistaken));
        refuses(Failure.BAD_CREDENTIALS, () -> connection().start(mistaken));

        assertThat(state(id)).contains(MachineState.RUNNING);
        assertThat(disks(id)).containsExactly(place(locked));
        assertThat(hypervisor.start(machine).id()).isEqualTo(id);
    }

    @Test
    final void a_key_for_a_plain_disk_is_refused_and_nothing_is_formatted() throws InterruptedException {
        String before = digest(disk);
        MachineSpec mistaken = MachineSpec.named(spec.name())
                .with(Disk.of(disk.volume(), disk.attachment(), ImageFormat.LUKS)
                        .unlockedBy(key));

        refuses(Failure.CORRUPT_DATA, () -> start(mistaken));

        assertThat(digest(disk)).isEqualTo(before);
        assertThat(names()).doesNotContain(spec.name());
        assertThat(start(spec).disks()).containsExactly(place(disk));
    }

    @Test
    final void an_encrypted_disk_without_its_key_is_refused_since_a_guest_could_write_over_its_header()
            throws InterruptedException {
        Disk keyless = Disk.of(locked.volume(), locked.attachment(), ImageFormat.LUKS);
        String before = digest(locked);

        refuses(Failure.INVALID_REQUEST, () -> start(SpecVariant.with(machine, keyless)));
        refuses(Failure.INVALID_REQUEST, () -> start(MachineSpec.named(unique()).with(keyless)));
        assertThat(digest(locked)).isEqualTo(before);
        assertThat(names()).doesNotContain(machine.name());
    }

    @Test
    final void a_key_that_was_wiped_is_no_key_and_the_driver_is_not_to_blame() throws InterruptedException {
        Secret wiped = key.copy();
        wiped.close();

        refuses(Failure.INVALID_REQUEST, () -> start(SpecVariant.with(machine, locked.unlockedBy(wiped))));
        assertThat(names()).doesNotContain(machine.name());
    }

    @Test
    final void a_defined_machine_needs_the_keys_of_its_disks_before_it_starts() throws InterruptedException {
        MachineSpec kept = machine.keptAs(Persistence.PERSISTENT);
        if (!offers(HypervisorFeature.DEFINED_MACHINES)) {
            refuses(Failure.UNSUPPORTED, () -> hypervisor.define(kept));
            return;
        }
        undoLater(kept);
        MachineId id = hypervisor.define(kept).id();

        refuses(Failure.INVALID_REQUEST, () -> hypervisor.start(id));
        refuses(Failure.BAD_CREDENTIALS, () -> hypervisor.start(id, volume -> Optional.of(wrong.copy())));
        assertThat(state(id)).contains(MachineState.STOPPED);
        assertThat(hypervisor.start(id, this::find).disks()).containsExactly(place(locked));
        hypervisor.stop(id, StopMode.POWER_OFF);
        hypervisor.keysFrom(this::find);
        assertThat(hypervisor.start(id).disks()).containsExactly(place(locked));
        assertThat(state(id)).contains(MachineState.RUNNING);
    }

    private Optional<Secret> find(VolumeId volume) {
        return volume.equals(locked.volume()) ? Optional.of(key.copy()) : Optional.empty();
    }

    @Test
    final void a_key_is_in_no_text_and_no_process() throws InterruptedException {
        try (Canary canary = Canary.planted(key, wrong)) {
            MachineId id = start(machine).id();
            MachineSpec other = MachineSpec.named(unique()).with(locked.unlockedBy(wrong));
            DriverException refusal = catchThrowableOfType(DriverException.class, () -> start(other));

            Scan scan = canary.scanProcesses()
                    .and(canary.scanText("machine", hypervisor.find(id) + " " + machine + " " + hypervisor))
                    .and(canary.scanText("refusal", refusal + " " + refusal.getCause()));
            assertThat(scan.findings()).isEmpty();
        }
    }

    @Test
    final void attaching_a_disk_needs_its_key_too() throws InterruptedException {
        MachineId id = start(spec).id();
        Optional<HotPlug> plug = hypervisor.hotPlug();
        assertThat(plug.isPresent()).isEqualTo(offers(HypervisorFeature.HOT_PLUG));
        if (plug.isEmpty()) {
            return;
        }
        String before = digest(locked);

        refuses(Failure.BAD_CREDENTIALS, () -> plug.get().attach(id, locked.unlockedBy(wrong)));
        assertThat(disks(id)).containsExactly(place(disk));
        assertThat(digest(locked)).isEqualTo(before);
        plug.get().attach(id, locked);
        refuses(Failure.BAD_CREDENTIALS, () -> plug.get().attach(id, locked.unlockedBy(wrong)));
        plug.get().attach(id, locked);
        assertThat(disks(id)).containsExactly(place(disk), place(locked));
    }

    @Test
    final void a_move_never_makes_a_plain_copy_unasked_and_a_wrong_key_moves_nothing() throws InterruptedException {
        MachineId id = start(machine).id();
        Optional<LiveDiskMigration> moves = hypervisor.liveDiskMigration();
        assertThat(moves.isPresent()).isEqualTo(offers(HypervisorFeature.LIVE_DISK_MIGRATION));
        if (moves.isEmpty()) {
            return;
        }
        Disk target = encryptedDisk(new VolumeId(unique()), key);
        String before = digest(disk);

        refuses(Failure.INVALID_REQUEST, () -> moves.get().start(id, locked.volume(), DiskMove.to(disk)));
        refuses(
                Failure.BAD_CREDENTIALS,
                () -> moves.get().start(id, locked.volume(), DiskMove.to(target.unlockedBy(wrong))));
        assertThat(digest(disk)).isEqualTo(before);
        assertThat(disks(id)).containsExactly(place(locked));
    }

    @Test
    final void a_machine_that_ended_gives_its_disk_back_with_the_key_unchanged() throws InterruptedException {
        MachineId id = start(machine).id();
        hypervisor.stop(id, StopMode.POWER_OFF);

        refuses(Failure.BAD_CREDENTIALS, () -> start(MachineSpec.named(unique()).with(locked.unlockedBy(wrong))));
        assertThat(start(MachineSpec.named(unique()).with(locked)).state())
                .isIn(MachineState.STARTING, MachineState.RUNNING);
    }
}
