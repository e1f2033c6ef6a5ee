package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineClones;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.List;
import java.util.Optional;

/**
 * Clones and templates. What a clone was asked for is noted with it as it is made, and where its disks came to lie right after: an
 * attempt that finds a clone without that finishes it.
 */
final class VmwareClones implements MachineClones {

    private final Site site;
    private final VmReader reader;
    private final Changes changes;
    private final MachineLocks locks;
    private final CloneSource sources;
    private final CloneLinks links;

    VmwareClones(Site site, VmReader reader, Changes changes, MachineLocks locks) {
        this.site = site;
        this.reader = reader;
        this.changes = changes;
        this.locks = locks;
        this.sources = new CloneSource(site, reader);
        this.links = new CloneLinks(reader, changes);
    }

    @Override
    public MachineClone clone(MachineId source, CloneRequest request) throws InterruptedException {
        MachineId id = new MachineId(VmName.require(request.name()));
        if (present(id, source, request).isPresent()) {
            return locks.alone(id, () -> Changes.sure(() -> finished(id, source, request)));
        }
        CloneSource.Plan plan = sources.plan(source, request);
        return site.heavy()
                .during(
                        plan.origin().kind() == MachineClone.Kind.FULL
                                ? HeavyWork.Kind.FULL_CLONE
                                : HeavyWork.Kind.LINKED_CLONE,
                        site.policy(),
                        List.of(site.name()),
                        plan.datastores(),
                        () -> locks.alone(id, source, () -> Changes.sure(() -> attempt(id, source, request))));
    }

    private MachineClone attempt(MachineId id, MachineId source, CloneRequest request)
            throws Changes.Unsure, InterruptedException {
        if (present(id, source, request).isEmpty()) {
            make(sources.plan(source, request), id, source, request);
        }
        return finished(id, source, request);
    }

    /** Returns the clone that an equal request made; nothing if the name is free. */
    private Optional<Vm> present(MachineId id, MachineId source, CloneRequest request) throws InterruptedException {
        Optional<Vm> named = reader.made(id);
        if (named.isEmpty()) {
            return named;
        }
        boolean equal = named.filter(reader::isHere)
                .flatMap(vm -> vm.notes().origin())
                .filter(origin -> origin.source().equals(source)
                        && origin.snapshot().equals(request.snapshot())
                        && origin.volumes().equals(request.volumes())
                        && request.kind().orElse(origin.kind()) == origin.kind())
                .isPresent();
        if (!equal) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("the name %s is taken by something else than that clone of %s", id, source);
        }
        return named;
    }

    private void make(CloneSource.Plan plan, MachineId id, MachineId source, CloneRequest request)
            throws Changes.Unsure, InterruptedException {
        Data location = Data.of("VirtualMachineRelocateSpec")
                .with("datastore", plan.datastore())
                .with(
                        "diskMoveType",
                        plan.origin().kind() == MachineClone.Kind.LINKED
                                ? "createNewChildDiskBacking"
                                : "moveAllDiskBackingsAndDisallowSharing")
                .with("pool", site.pool())
                .with("host", site.host());
        Data spec = Data.of("VirtualMachineCloneSpec")
                .with("location", location)
                .with("template", false)
                .with("config", plan.config())
                .with("powerOn", false)
                .with("snapshot", plan.snapshot().map(SnapshotTree.Entry::ref));
        try {
            Node made = changes.task(Call.changing(
                    plan.source().ref(),
                    Data.of("CloneVM_Task")
                            .with("folder", site.folder())
                            .with("name", VmName.escaped(id.value()))
                            .with("spec", spec)));
            System.getLogger(VmwareClones.class.getName()).log(System.Logger.Level.TRACE, "{0} is made: {1}", id, made);
        } catch (VimFault e) {
            if (!e.is("DuplicateName") || present(id, source, request).isEmpty()) {
                throw e.asFailure();
            }
        }
    }

    /** Notes where the disks came to lie, and tells the snapshot of those that depend on it. */
    private MachineClone finished(MachineId id, MachineId source, CloneRequest request)
            throws Changes.Unsure, InterruptedException {
        Vm vm = present(id, source, request)
                .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                        .message("the vCenter made %s from %s and does not know it", id, source));
        List<VmDisk> open = vm.disks().stream()
                .filter(disk ->
                        disk.noted().filter(note -> note.place().isEmpty()).isPresent())
                .toList();
        if (!open.isEmpty()) {
            links.tell(vm);
            try {
                Node done = changes.task(Call.changing(
                        vm.ref(), Data.of("ReconfigVM_Task").with("spec", VmSpecs.noting(open, vm.changeVersion()))));
                System.getLogger(VmwareClones.class.getName())
                        .log(System.Logger.Level.TRACE, "{0} is noted: {1}", id, done);
            } catch (VimFault e) {
                throw e.asFailure();
            }
        }
        return find(id).orElseThrow(() ->
                DriverException.because(Failure.NOT_FOUND).message("somebody removed %s while it was being made", id));
    }

    @Override
    public Optional<MachineClone> find(MachineId clone) throws InterruptedException {
        return reader.here(clone)
                .flatMap(vm -> vm.notes()
                        .origin()
                        .map(origin -> new MachineClone(vm.asMachine(), origin.source(), origin.kind())));
    }

    @Override
    public void toTemplate(MachineId machine) throws InterruptedException {
        become(machine, vm -> {
            if (vm.isTemplate()) {
                return Optional.empty();
            }
            if (vm.notes()
                    .persistence()
                    .filter(kind -> kind == Persistence.TRANSIENT)
                    .isPresent()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("machine %s is transient, and no template; make it a persistent one", machine);
            }
            if (!vm.isOff()) {
                throw DriverException.because(Failure.IN_USE)
                        .message("machine %s runs, or is suspended; stop it first", machine);
            }
            return Optional.of(Data.of("MarkAsTemplate"));
        });
    }

    @Override
    public void toMachine(MachineId template) throws InterruptedException {
        become(
                template,
                vm -> vm.isTemplate()
                        ? Optional.of(Data.of("MarkAsVirtualMachine")
                                .with("pool", site.pool())
                                .with("host", site.host()))
                        : Optional.empty());
    }

    @FunctionalInterface
    private interface Becoming {
        Optional<Data> of(Vm vm);
    }

    private void become(MachineId id, Becoming becoming) throws InterruptedException {
        locks.alone(
                id,
                () -> Changes.sure(() -> {
                    Vm vm = reader.registered(id)
                            .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                                    .message("host %s has no machine and no template %s", site.name(), id));
                    Optional<Data> request = becoming.of(vm);
                    try {
                        return request.isEmpty() ? vm : changes.call(Call.changing(vm.ref(), request.get()));
                    } catch (VimFault e) {
                        throw e.asFailure();
                    }
                }));
    }

    @Override
    public List<MachineId> templates() throws InterruptedException {
        return reader.templates().stream().map(Vm::id).toList();
    }
}
