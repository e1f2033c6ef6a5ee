package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.HostId;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.storage.spi.VolumeUse;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Judges volumes, and the machines and hosts that have them. */
record ChaosDisks(ChaosSight sight) {

    void check() throws InterruptedException {
        for (VolumeRecord volume : sight.volumes) {
            check(volume);
        }
        for (MachineRecord machine : sight.machines) {
            check(machine);
        }
        for (HostRecord host : sight.world.hosts) {
            check(host);
        }
    }

    private void check(VolumeRecord volume) throws InterruptedException {
        String of = volume.name() + " ";
        assertThat(volume.state()).as(sight.story(of, of)).isEqualTo(VolumeRecord.State.READY);
        assertThat(volume.second()).as(sight.story(of, of)).isEmpty();
        ChaosArray.Thing thing = sight.thing(volume.place(), of);
        assertThat(thing.move.filter(ChaosMove::isUnderWay))
                .as(sight.story("moves of " + of, of, thing.name))
                .isEmpty();
        assertThat(thing.size).as(sight.story("size of " + of, of, thing.name)).isEqualTo(volume.size());
        assertThat(thing.format)
                .as(sight.story("format of " + of, of, thing.name))
                .isEqualTo(volume.place().format());
        sight.checkLock(thing, volume.key(), of);
        sight.checkContent(sight.world.memory.volume(volume.name()), ChaosArray.read(thing.file), of);
        List<AttachmentRecord> uses =
                sight.world.catalog.inTransaction(t -> t.attachments().where(AttachmentRecord.VOLUME, volume.id()));
        Set<VolumeUse> expected = new HashSet<>();
        uses.forEach(use -> expected.add(VolumeUse.by(new HostId(use.host().value()))));
        assertThat(thing.uses)
                .as(sight.story("uses of " + of, of, thing.name))
                .containsExactlyInAnyOrderElementsOf(expected);
        checkOwner(volume, uses);
    }

    /** A volume is a disk of one machine at most, and is used where that runs, and nowhere else. */
    private void checkOwner(VolumeRecord volume, List<AttachmentRecord> uses) throws InterruptedException {
        String of = volume.name() + " ";
        List<MachineRecord> owners = sight.world.catalog.inTransaction(
                t -> t.machineDisks().where(MachineDiskRecord.VOLUME, volume.id()).stream()
                        .map(disk -> t.machines().require(disk.machine()))
                        .toList());
        assertThat(owners).as(sight.story("machines with " + of, of)).hasSizeLessThan(2);
        if (owners.isEmpty()) {
            assertThat(uses).as(sight.story("attachments of " + of, of)).hasSizeLessThan(2);
        } else {
            assertThat(uses)
                    .as(sight.story("attachments of " + of, of, owners.get(0).name() + " "))
                    .extracting(AttachmentRecord::host)
                    .isEqualTo(owners.get(0).host().stream().toList());
        }
    }

    private void check(MachineRecord machine) {
        String of = machine.name() + " ";
        assertThat(machine.state())
                .as(sight.story(of, of))
                .isIn(MachineRecord.State.RUNNING, MachineRecord.State.STOPPED);
        assertThat(machine.host().isPresent())
                .as(sight.story(of, of))
                .isEqualTo(machine.state() == MachineRecord.State.RUNNING);
    }

    /** A host runs what the catalog says, with exactly those disks, and has the keys of these alone. */
    private void check(HostRecord host) throws InterruptedException {
        Map<String, Set<String>> there = running(host);
        Map<String, Set<String>> recorded = new TreeMap<>();
        int keys = 0;
        for (MachineRecord machine : sight.machines) {
            if (machine.host().filter(host.id()::equals).isPresent()) {
                Set<String> ids = new TreeSet<>();
                for (VolumeRecord disk : disks(machine)) {
                    ids.add(ChaosSight.idOf(disk.place()));
                    keys += disk.key().isPresent() ? 1 : 0;
                }
                recorded.put(machine.name(), ids);
            }
        }
        Set<String> names = new TreeSet<>(there.keySet());
        names.addAll(recorded.keySet());
        String[] words = names.stream().map(name -> name + " ").toArray(String[]::new);
        assertThat(there).as(sight.story("machines on " + host.name(), words)).isEqualTo(recorded);
        assertThat(sight.world.hypervisors.keysHeld(host.hostId()))
                .as(sight.story("keys on " + host.name(), words))
                .isEqualTo(keys);
    }

    private Map<String, Set<String>> running(HostRecord host) throws InterruptedException {
        Map<String, Set<String>> running = new TreeMap<>();
        for (Machine machine : sight.world.machinesOn(host)) {
            Set<String> disks = new TreeSet<>();
            machine.disks().stream()
                    .map(MachineDisk::attachment)
                    .forEach(disk -> disks.add(disk.requirePath().getFileName().toString()));
            running.put(machine.name(), disks);
        }
        return running;
    }

    private List<VolumeRecord> disks(MachineRecord machine) throws InterruptedException {
        return sight.world.catalog.inTransaction(
                t -> t.machineDisks().where(MachineDiskRecord.MACHINE, machine.id()).stream()
                        .map(disk -> t.volumes().require(disk.volume()))
                        .toList());
    }
}
