package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.RestartMode;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What becomes of keys that a host has in memory alone when it restarts and its machines run on: those that are needed come back,
 * no others, and before they are missed. A driver whose host never forgets them has nothing to keep here.
 */
public abstract non-sealed class LostKeysContract extends HypervisorCases {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Map<VolumeId, Secret> keys = new LinkedHashMap<>();
    private int before;
    private Disk locked;
    private MachineSpec machine;

    /** Made by JUnit. */
    protected LostKeysContract() {}

    /** Returns a small disk that exists, that only this key opens, and that nothing else uses; with the key. */
    protected abstract Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException;

    /** Makes the host forget the keys that it has, as when its daemon restarts, and returns when it answers; its machines run on. */
    protected abstract void restart(HostId host) throws InterruptedException;

    /** Returns how many keys of disks a host has now. */
    protected abstract int keysHeld(HostId host) throws InterruptedException;

    /** Returns how long keys may take to come back to a host that runs; a minute unless a plug-in says otherwise. */
    protected Duration patience() {
        return PATIENCE;
    }

    /** Made by JUnit: makes an encrypted disk. */
    @BeforeEach
    final void encrypt() throws InterruptedException {
        before = keysHeld(HOST);
        locked = lockedDisk();
        machine = MachineSpec.named(locked.volume().value()).with(locked);
    }

    /** Made by JUnit. */
    @AfterEach
    final void wipe() {
        keys.values().forEach(Secret::close);
    }

    @Test
    final void keys_that_are_needed_come_back_each_time_and_before_they_are_missed() throws InterruptedException {
        hypervisor.keysFrom(this::find);
        MachineId id = start(machine).id();
        MachineSpec ended = MachineSpec.named(unique()).with(lockedDisk());
        hypervisor.stop(start(ended).id(), StopMode.POWER_OFF);

        for (int i = 0; i < 2; i++) {
            restart(HOST);
            assertThat(state(id)).contains(MachineState.RUNNING);
            assertThat(disks(id)).containsExactly(place(locked));
            assertThat(keysHeld(HOST)).as("keys after restart %d", i).isEqualTo(before + 1);
        }
        hypervisor.stop(id, StopMode.POWER_OFF);
        assertThat(keysHeld(HOST)).as("keys of a machine that ended").isEqualTo(before);
    }

    @Test
    final void a_machine_is_reset_and_its_disks_are_attached_and_moved_as_if_nothing_had_been()
            throws InterruptedException {
        hypervisor.keysFrom(this::find);
        MachineId id = start(machine).id();
        Optional<MachineControl> control = hypervisor.control();
        Optional<HotPlug> plug = hypervisor.hotPlug();
        Disk data = lockedDisk();

        restart(HOST);
        if (control.isPresent()) {
            control.get().restart(id, RestartMode.RESET);
        }
        assertThat(state(id)).contains(MachineState.RUNNING);
        assertMoves(hypervisor, id);
        if (plug.isPresent()) {
            plug.get().attach(id, data);
            assertThat(disks(id)).contains(place(data));
            restart(HOST);
            assertThat(disks(id)).contains(place(data));
            assertThat(keysHeld(HOST)).as("keys of two disks").isEqualTo(before + 2);
        }
    }

    @Test
    final void a_connection_that_comes_later_and_knows_the_keys_brings_them_back() throws InterruptedException {
        MachineId id = start(machine).id();
        restart(HOST);
        Hypervisor later = connection();

        later.keysFrom(this::find);

        Await.until("the key is back", patience(), () -> keysHeld(HOST) == before + 1);
        assertMoves(later, id);
    }

    @Test
    final void without_a_source_an_equal_request_brings_them_back() throws InterruptedException {
        MachineId id = start(machine).id();
        restart(HOST);

        assertThat(hypervisor.start(machine).id()).isEqualTo(id);

        assertThat(keysHeld(HOST)).isEqualTo(before + 1);
        assertMoves(hypervisor, id);
    }

    @Test
    final void a_machine_that_is_remembered_starts_again_after_a_restart() throws InterruptedException {
        if (!offers(HypervisorFeature.DEFINED_MACHINES)) {
            return;
        }
        hypervisor.keysFrom(this::find);
        MachineId id = start(machine.keptAs(Persistence.PERSISTENT)).id();
        hypervisor.stop(id, StopMode.POWER_OFF);

        restart(HOST);

        assertThat(keysHeld(HOST)).as("keys of a machine that is stopped").isEqualTo(before);
        assertThat(hypervisor.start(id).disks()).containsExactly(place(locked));
        assertThat(state(id)).contains(MachineState.RUNNING);
        assertThat(keysHeld(HOST)).isEqualTo(before + 1);
    }

    /** Requires that the disk moves to another one with another key, if disks move here. */
    private void assertMoves(Hypervisor with, MachineId id) throws InterruptedException {
        Optional<LiveDiskMigration> moves = with.liveDiskMigration();
        if (moves.isEmpty()) {
            return;
        }
        Disk target = lockedDisk();
        assertThat(moves.get().start(id, locked.volume(), DiskMove.to(target)).await(PATIENCE))
                .get()
                .isInstanceOf(JobVerdict.Succeeded.class);
        assertThat(disks(id)).containsExactly(place(target));
        assertThat(keysHeld(HOST)).as("keys after the move").isEqualTo(before + 1);
    }

    private Disk lockedDisk() throws InterruptedException {
        VolumeId volume = new VolumeId(unique());
        Secret key = Secret.random();
        keys.put(volume, key);
        return encryptedDisk(volume, key);
    }

    private Optional<Secret> find(VolumeId volume) {
        return Optional.ofNullable(keys.get(volume)).map(Secret::copy);
    }
}
