package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Defines and starts machines. Each attempt begins with a look at what has the name; what was made by an attempt that failed is
 * removed again, and what was there before stays as it was.
 */
final class MachineMaking {

    private final Site site;
    private final VmReader reader;
    private final Changes changes;
    private final MachineForgetting forgetting;
    private final Networks networks;

    MachineMaking(Site site, VmReader reader, Changes changes, MachineForgetting forgetting, Networks networks) {
        this.site = site;
        this.reader = reader;
        this.changes = changes;
        this.forgetting = forgetting;
        this.networks = networks;
    }

    Machine define(MachineSpec spec) throws InterruptedException {
        VmSpecs.requirePossible(spec);
        return Changes.sure(() -> {
            Optional<Vm> there = present(spec);
            return (there.isPresent() ? there.get() : made(spec)).asMachine();
        });
    }

    Machine start(MachineSpec spec) throws InterruptedException {
        VmSpecs.requirePossible(spec);
        return Changes.sure(() -> {
            Optional<Vm> there = present(spec);
            Vm machine = there.isPresent() ? there.get() : made(spec);
            try {
                return started(machine);
            } catch (DriverException e) {
                boolean ours = there.isEmpty() || machine.isRemains();
                if (ours && e.effect() == Effect.NOT_APPLIED) { // else it may yet come up, and the next look tells
                    forgetting.remove(machine, e);
                }
                throw e;
            }
        });
    }

    /** Starts what the host remembers. */
    Machine start(MachineId id) throws InterruptedException {
        return Changes.sure(() -> started(reader.here(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("host %s knows no machine %s", site.name(), id))));
    }

    /** Returns the machine that an equal request made; nothing if the name is free, once remains have been removed. */
    private Optional<Vm> present(MachineSpec spec) throws Changes.Unsure, InterruptedException {
        Optional<Vm> named = reader.made(new MachineId(spec.name()));
        if (named.isEmpty()) {
            return named;
        }
        Vm vm = named.get();
        if (!reader.isHere(vm) || !vm.isOurs()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "the name %s is taken by a template, a machine of another host, or one that was not made here;"
                                    + " take another name",
                            spec.name());
        }
        if (vm.matches(spec, networks)) {
            return named;
        }
        if (vm.isRemains()) {
            forgetting.unregister(vm);
            return Optional.empty();
        }
        throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "there is a machine %s of another make; stop and forget it, or take another name", spec.name());
    }

    private Vm made(MachineSpec spec) throws Changes.Unsure, InterruptedException {
        VmSpecs.requireMakable(spec);
        List<VmSpecs.Placed> disks = new ArrayList<>();
        for (Disk disk : spec.disks()) {
            int unit = VmSpecs.UNITS.get(disks.size());
            disks.add(new VmSpecs.Placed(disk, unit, reader.uuidOf(DiskFile.of(disk.attachment()))));
        }
        List<Data> cards = new ArrayList<>();
        for (Nic nic : spec.nics()) {
            cards.add(VmCard.device(nic, VmSpecs.NEW_CARD - cards.size(), networks.backing(nic)));
        }
        String folder = VmName.folder(spec.name());
        String home = new DiskFile(site.datastore(), folder + "/" + folder + ".vmx").toString();
        try {
            create(VmSpecs.machine(spec, home, disks, cards));
        } catch (VimFault e) {
            createElsewhere(spec, VmSpecs.machine(spec, "[" + site.datastore() + "]", disks, cards), e);
        }
        return reader.made(new MachineId(spec.name()))
                .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                        .message("the vCenter made machine %s and does not know it", spec.name()));
    }

    /** Files of the machine's own may be left of an earlier one; then the vCenter chooses another folder. Nothing is overwritten. */
    private void createElsewhere(MachineSpec spec, Data elsewhere, VimFault fault)
            throws Changes.Unsure, InterruptedException {
        if (!fault.is("FileAlreadyExists")) {
            requireFree(spec, fault);
            return;
        }
        try {
            create(elsewhere);
        } catch (VimFault e) {
            requireFree(spec, e);
        }
    }

    /** Another process may have made an equal machine since our look. */
    private void requireFree(MachineSpec spec, VimFault fault) throws Changes.Unsure, InterruptedException {
        if (!fault.is("DuplicateName") || present(spec).isEmpty()) {
            throw fault.asFailure();
        }
    }

    private void create(Data machine) throws VimFault, Changes.Unsure, InterruptedException {
        changes.task(Call.changing(
                site.folder(),
                Data.of("CreateVM_Task")
                        .with("config", machine)
                        .with("pool", site.pool())
                        .with("host", site.host())));
    }

    private Machine started(Vm vm) throws Changes.Unsure, InterruptedException {
        if (!vm.isOff()) {
            return vm.asMachine();
        }
        try {
            changes.task(Call.changing(vm.ref(), Data.of("PowerOnVM_Task").with("host", site.host())));
            return vm.asMachine(MachineState.RUNNING);
        } catch (VimFault e) {
            Optional<Vm> now = reader.here(vm.id());
            if (now.isPresent() && !now.get().isOff()) {
                return now.get().asMachine(); // somebody else started it
            }
            throw e.asFailure();
        }
    }
}
