package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * The uses of a volume by hosts to which its machine never came, or from which it went, and from which the volume could not be taken then. The
 * caller holds the volume, so the machine is on no way now.
 */
final class StrandedUses {

    private static final Set<Reason> OF_MACHINES = EnumSet.of(Reason.MACHINE, Reason.MIGRATION);
    private static final Set<MachineRecord.State> AT_HOME =
            EnumSet.of(MachineRecord.State.RUNNING, MachineRecord.State.STOPPED);

    private final Ground ground;
    private final VolumeRecord volume;
    private final StoragePool pool;
    private final VolumeId there;
    private final MachineRecord machine;
    private final Optional<HostId> home;

    private StrandedUses(Ground ground, VolumeRecord volume, MachineRecord machine, Optional<HostId> home)
            throws InterruptedException {
        this.ground = ground;
        this.volume = volume;
        this.pool = ground.pool(volume.place().pool());
        this.there = Ground.external(volume);
        this.machine = machine;
        this.home = home;
    }

    /**
     * Ends them, and returns how many; then the host that the catalog names has the volume, and has it for itself. Only the machine whose disk
     * it is is looked for: without one that the catalog knows, and whose host it knows, nothing is ended.
     *
     * @throws io.hvkit.core.DriverException as a host fails that cannot tell whether it has the machine; that one keeps the volume
     */
    static int end(Ground ground, VolumeRecord volume) throws InterruptedException {
        Optional<MachineRecord> machine = ground.catalog().inTransaction(transaction -> machine(transaction, volume));
        if (machine.isEmpty() || !AT_HOME.contains(machine.get().state())) {
            return 0;
        }
        Optional<HostId> home = ground.catalog().inTransaction(transaction -> home(transaction, volume, machine.get()));
        return new StrandedUses(ground, volume, machine.get(), home).end();
    }

    private static Optional<MachineRecord> machine(Transaction transaction, VolumeRecord volume) {
        return transaction.machineDisks().where(MachineDiskRecord.VOLUME, volume.id()).stream()
                .map(disk -> transaction.machines().require(disk.machine()))
                .findAny();
    }

    private static Optional<HostId> home(Transaction transaction, VolumeRecord volume, MachineRecord machine) {
        return Ground.uses(transaction, volume.id()).stream()
                .filter(use -> use.machine().equals(machine.machineId()))
                .map(AttachmentRecord::host)
                .map(host -> new HostId(host.value()))
                .findAny();
    }

    private int end() throws InterruptedException {
        int ended = 0;
        for (VolumeUse use : pool.uses(there)) {
            if (isStranded(use)) {
                ground.devices().go(pool, there, use.host(), use.reason());
                ended++;
            }
        }
        if (ended > 0 && home.isPresent() && isAlone(home.get())) {
            Attachment unused = pool.attach(there, VolumeUse.by(home.get()));
        }
        return ended;
    }

    private boolean isStranded(VolumeUse use) throws InterruptedException {
        if (!OF_MACHINES.contains(use.reason()) || !LentUses.isKnown(ground, use.host())) {
            return false;
        }
        if (home.filter(use.host()::equals).isEmpty()) {
            return !isNeeded(use);
        }
        if (use.reason() == Reason.MIGRATION) { // it has come: it has the volume as a machine that is at home does
            Attachment unused =
                    ground.devices().come(pool, there, VolumeUse.by(use.host()).shared());
            return true;
        }
        return false;
    }

    /**
     * Returns whether a host that should not have the machine has it all the same: one that runs there may have the volume below an overlay, and one
     * that is remembered with the volume is started with it.
     */
    private boolean isNeeded(VolumeUse use) throws InterruptedException {
        Hypervisor host = ground.host(new RecordId<HostRecord>(use.host().value()));
        Attachment place = pool.attach(there, use);
        return Disks.isRunning(host, machine.machineId())
                || Disks.called(host, machine.machineId(), Disks.id(volume), place)
                        .isPresent();
    }

    private boolean isAlone(HostId host) throws InterruptedException {
        Set<VolumeUse> uses = pool.uses(there);
        return uses.contains(VolumeUse.by(host).shared())
                && uses.stream().map(VolumeUse::host).allMatch(host::equals);
    }
}
