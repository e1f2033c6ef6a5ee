package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Deadline;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds machines. A name is unique in a folder of a vCenter, and nowhere else; so one folder is looked in. */
final class VmReader {

    private static final Duration WHILE_MADE = Duration.ofSeconds(30);
    private static final long SHORTEST_PAUSE = 50;
    private static final long LONGEST_PAUSE = 2000;

    private final Site site;

    VmReader(Site site) {
        this.site = site;
    }

    /** Returns whatever has that name in the folder, on this host or another, and whether or not more is known of it. */
    Optional<Vm> named(MachineId id) throws InterruptedException {
        Data question = Data.of("FindChild").with("entity", site.folder()).with("name", VmName.escaped(id.value()));
        try {
            Optional<Ref> child = site.client()
                    .call(Call.reading(site.client().service("searchIndex"), question))
                    .at("returnval")
                    .map(Node::ref)
                    .filter(ref -> ref.type().equals("VirtualMachine"));
            return child.isEmpty()
                    ? Optional.empty()
                    : read(child.get()).filter(vm -> vm.id().equals(id));
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /**
     * Returns whatever has that name in the folder, once the vCenter says what it is. One on this host that is just being made is waited
     * for a little; {@code OPERATION_PENDING} if that takes longer, and {@code HOST_NOT_READY} if its files are out of reach: what is
     * not told is not to be taken for something else, nor for nothing.
     */
    Optional<Vm> made(MachineId id) throws InterruptedException {
        Deadline deadline = Deadline.in(WHILE_MADE.compareTo(site.patience()) < 0 ? WHILE_MADE : site.patience());
        for (long pause = SHORTEST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
            Optional<Vm> there = named(id);
            if (there.isEmpty() || there.get().isTold() || isElsewhere(there.get())) {
                return there;
            }
            if (there.get().isOutOfReach()) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .message(
                                "the vCenter does not reach the files of machine %s, and so does not say what it is; look at its"
                                        + " host and datastores",
                                id);
            }
            if (deadline.isOver()) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "the vCenter is just making machine %s, and does not say yet what it is; ask again when that has"
                                        + " ended",
                                id);
            }
            Thread.sleep(pause);
        }
    }

    private boolean isElsewhere(Vm vm) {
        return vm.host().filter(host -> !host.equals(site.host())).isPresent();
    }

    /** Returns the machine of that name that is on this host and that callers know of, once it is {@linkplain #made made}. */
    Optional<Vm> here(MachineId id) throws InterruptedException {
        return made(id).filter(this::isHere).filter(vm -> !vm.isRemains());
    }

    boolean isHere(Vm vm) {
        return !vm.isTemplate() && vm.host().filter(site.host()::equals).isPresent();
    }

    /** Returns the machine or template of that name that is on this host, but not what is left of a transient one. */
    Optional<Vm> registered(MachineId id) throws InterruptedException {
        return made(id).filter(vm -> vm.host().filter(site.host()::equals).isPresent())
                .filter(vm -> !vm.isRemains());
    }

    private Optional<Vm> read(Ref machine) throws VimFault, LostAnswer, InterruptedException {
        try {
            return Optional.of(Vm.of(site.client().properties().read(machine, Vm.PATHS)))
                    .filter(vm -> !vm.name().isEmpty());
        } catch (VimFault e) {
            if (e.is("ManagedObjectNotFound")) {
                return Optional.empty(); // gone since it was found
            }
            throw e;
        }
    }

    /**
     * Returns the machines of the folder that are on this host and that callers know of. One that is just being made is none yet; one
     * whose files are out of reach is left out, and warned of: it would seem to have no disks.
     */
    List<Vm> all() throws InterruptedException {
        List<Vm> all = onHost();
        all.stream()
                .filter(vm -> !vm.isTold() && vm.isOutOfReach())
                .forEach(vm -> System.getLogger(VmReader.class.getName())
                        .log(
                                System.Logger.Level.WARNING,
                                "machine {0} is not listed: the vCenter does not reach its files",
                                vm.id()));
        return all.stream()
                .filter(Vm::isTold)
                .filter(this::isHere)
                .filter(vm -> !vm.isRemains())
                .toList();
    }

    /** Returns the templates of the folder that are on this host. */
    List<Vm> templates() throws InterruptedException {
        return onHost().stream().filter(Vm::isTemplate).toList();
    }

    private List<Vm> onHost() throws InterruptedException {
        try {
            return site.client().properties().readAll(site.host(), "vm", "VirtualMachine", Vm.PATHS).stream()
                    .filter(found -> !found.text("name").isEmpty())
                    .map(Vm::of)
                    .filter(vm -> vm.folder().filter(site.folder()::equals).isPresent()
                            && vm.host().filter(site.host()::equals).isPresent())
                    .toList();
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /**
     * A task that the vCenter remembers with a machine, as it does for some minutes.
     *
     * @param description the vCenter's word for what it does, in small letters
     */
    record RecentTask(Ref ref, String description, String state) {}

    /** Returns those; nothing if one was forgotten while they were read, so that not all are known. */
    Optional<List<RecentTask>> recentTasks(Vm vm) throws InterruptedException {
        try {
            return Optional.of(
                    site
                            .client()
                            .properties()
                            .readAll(vm.ref(), "recentTask", "Task", "info.descriptionId", "info.state")
                            .stream()
                            .map(task -> new RecentTask(
                                    task.ref(),
                                    task.text("info.descriptionId").toLowerCase(Locale.ROOT),
                                    task.text("info.state")))
                            .toList());
        } catch (VimFault e) {
            if (e.is("ManagedObjectNotFound")) {
                return Optional.empty();
            }
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Returns the UUID of a disk's file, if it has one; a file that is not there is {@code NOT_FOUND}. */
    Optional<DiskUuid> uuidOf(DiskFile file) throws InterruptedException {
        Data question =
                Data.of("QueryVirtualDiskUuid").with("name", file.toString()).with("datacenter", site.datacenter());
        try {
            Node answer = site.client().call(Call.reading(site.client().service("virtualDiskManager"), question));
            return DiskUuid.spelt(answer.text("returnval"));
        } catch (VimFault e) {
            throw e.is("InvalidDatastore", "InvalidDatastorePath") ? notThere(file, e) : e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Looks for a disk's file; one that is not there is {@code NOT_FOUND}. */
    void requireThere(DiskFile file) throws InterruptedException {
        Optional<DiskUuid> uuid = uuidOf(file);
        System.getLogger(VmReader.class.getName())
                .log(System.Logger.Level.TRACE, "{0} is there, with UUID {1}", file, uuid);
    }

    private static DriverException notThere(DiskFile file, VimFault fault) {
        return DriverException.because(Failure.NOT_FOUND)
                .vendorCode(fault.type())
                .message("there is no file %s", file);
    }

    /** Reads properties of an object that is there. */
    Properties.Found of(Ref object, String... paths) throws InterruptedException {
        try {
            return site.client().properties().read(object, paths);
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }
}
