package io.hvkit.vmware.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LeaseTransfer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.OvfDescriptor;
import io.hvkit.vmware.internal.soap.VimFault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Makes an OVF package of a machine that is off. Nothing of the machine is changed; a lease holds it meanwhile. */
public final class OvfExport {

    private static final String DISK = "vmdk";
    private static final Pattern ENDING = Pattern.compile(".*\\.([A-Za-z0-9]{1,8})");

    private final Site site;
    private final VmReader reader;
    private final Changes changes;

    /** Makes what exports from a host. */
    public OvfExport(Site site) {
        this.site = site;
        this.reader = new VmReader(site);
        this.changes = new Changes(site.client(), site.patience());
    }

    /** A file of the package, and what the lease calls the device that it is of. */
    private record Exported(String key, String name, LeaseTransfer.Received received) {

        Data asOvfFile() {
            return Data.of("OvfFile").with("deviceId", key).with("path", name).with("size", received.bytes());
        }
    }

    /** Makes the package, and returns its files. */
    public List<Path> make(MachineId machine, Path descriptor, ProgressListener progress) throws InterruptedException {
        try (PackageFolder folder = PackageFolder.of(descriptor)) {
            Vm vm = exportable(machine);
            Lease lease = Changes.sure(() -> lent(vm));
            List<String> names;
            try {
                names = exported(vm, lease, folder, progress);
            } catch (RuntimeException | InterruptedException e) {
                lease.abort(e);
                throw e;
            }
            end(lease, machine);
            return folder.published(names);
        }
    }

    private Vm exportable(MachineId id) throws InterruptedException {
        Vm vm = reader.registered(id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("host %s has no machine and no template %s", site.name(), id));
        if (!vm.isOff()) {
            throw runs(id);
        }
        if (vm.notes().imported().filter(OvfImport::isBegun).isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("machine %s is only half imported; wait for that, or import it again", id);
        }
        return vm;
    }

    private static DriverException runs(MachineId id) {
        return DriverException.because(Failure.IN_USE)
                .effect(Effect.NOT_APPLIED)
                .message("machine %s runs, or is suspended, and only one that is off is exported; stop it first", id);
    }

    /** A lease whose answer was lost holds the machine until its time is over; the vCenter refuses another so long. */
    private Lease lent(Vm vm) throws Changes.Unsure, InterruptedException {
        try {
            return new Lease(
                    site,
                    reader,
                    changes.call(Call.changing(vm.ref(), Data.of("ExportVm")))
                            .at("returnval")
                            .orElseThrow()
                            .ref());
        } catch (VimFault e) {
            throw e.is("InvalidPowerState") ? runs(vm.id()) : e.asFailure();
        }
    }

    private List<String> exported(Vm vm, Lease lease, PackageFolder folder, ProgressListener progress)
            throws InterruptedException {
        Node info = lease.ready();
        List<Node> devices = info.all("deviceUrl").toList();
        long total = kibibytes(info.text("totalDiskCapacityInKB"));
        AtomicLong moved = new AtomicLong();
        List<Exported> files = new ArrayList<>();
        for (Node device : devices) {
            String name = folder.named(files.size(), ending(device));
            lease.told(moved.get(), total);
            LeaseTransfer.Received received = site.client()
                    .leases()
                    .download(
                            device,
                            folder.draft(name),
                            new LeaseTransfer.Watch(
                                    more -> tell(progress, moved.addAndGet(more), total),
                                    () -> lease.told(moved.get(), total)));
            files.add(new Exported(device.text("key"), name, received));
        }
        lease.told(moved.get(), total);
        compare(lease, files);
        String text = described(vm, files);
        progress.progressed(new Progress("downloading", ByteSize.bytes(moved.get()), ByteSize.bytes(moved.get())));
        return written(folder, text, files);
    }

    /** Disks are packed on their way, so that all may be here before as much has moved as they hold. */
    private static void tell(ProgressListener progress, long moved, long total) {
        progress.progressed(new Progress("downloading", ByteSize.bytes(moved), ByteSize.bytes(total)));
    }

    private static long kibibytes(String text) {
        return text.isEmpty() ? 0 : Long.parseLong(text) * 1024;
    }

    /** A vCenter's own names are not used: they may be any. */
    private static String ending(Node device) {
        if (device.text("disk").equals("true")) {
            return DISK;
        }
        Matcher matcher = ENDING.matcher(device.text("targetId"));
        return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "bin";
    }

    /** What arrived has to be what was sent, as far as the vCenter says what that was. */
    private void compare(Lease lease, List<Exported> files) throws InterruptedException {
        Map<String, Node> sent = lease.manifest();
        for (Exported file : files) {
            Node entry = sent.get(file.key);
            if (entry == null) {
                continue;
            }
            String size = entry.text("size");
            String digest = entry.text("sha1");
            if ((!size.isEmpty() && !size.equals("0") && Long.parseLong(size) != file.received.bytes())
                    || (!digest.isEmpty() && !digest.equalsIgnoreCase(file.received.sha1()))) {
                throw DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "of %s %s bytes with the SHA-1 %s came, and the vCenter sent %s with %s; export it again",
                                file.key, file.received.bytes(), file.received.sha1(), size, digest);
            }
        }
    }

    private String described(Vm vm, List<Exported> files) throws InterruptedException {
        Data parameters = Data.of("OvfCreateDescriptorParams")
                .with("ovfFiles", files.stream().map(Exported::asOvfFile).toList())
                .with("name", vm.name());
        Node answer = site.client()
                .require(Call.reading(
                        site.client().service("ovfManager"),
                        Data.of("CreateDescriptor").with("obj", vm.ref()).with("cdp", parameters)))
                .at("returnval")
                .orElseThrow();
        List<String> errors =
                answer.all("error").map(error -> error.text("localizedMessage")).toList();
        String text = answer.text("ovfDescriptor");
        if (!errors.isEmpty() || text.isEmpty()) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.NOT_APPLIED)
                    .message("the vCenter describes machine %s not: %s", vm.id(), errors);
        }
        requireNames(text, files);
        return text;
    }

    private static void requireNames(String text, List<Exported> files) {
        Map<String, OptionalLong> named = OvfDescriptor.files(text).stream()
                .collect(Collectors.toMap(OvfDescriptor.NamedFile::name, OvfDescriptor.NamedFile::size));
        Map<String, Long> here = files.stream()
                .collect(
                        Collectors.toMap(Exported::name, file -> file.received().bytes()));
        boolean agree = named.entrySet().stream().allMatch(each -> {
            long size = here.getOrDefault(each.getKey(), -1L);
            return size >= 0 && each.getValue().orElse(size) == size;
        });
        boolean whole = files.stream()
                .map(Exported::name)
                .filter(name -> name.endsWith(DISK))
                .allMatch(named::containsKey);
        if (!agree || !whole) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.NOT_APPLIED)
                    .message("the vCenter describes the files %s, and %s were exported", named, here);
        }
    }

    private static List<String> written(PackageFolder folder, String text, List<Exported> files) {
        Function<Exported, String> line = file -> "SHA256(" + file.name + ")= " + file.received.sha256() + "\n";
        folder.write(folder.descriptor(), text);
        folder.write(
                folder.manifest(),
                "SHA256(" + folder.descriptor() + ")= " + OvfPackage.digestOf(text) + "\n"
                        + files.stream().map(line).collect(Collectors.joining()));
        List<String> names = new ArrayList<>(files.stream().map(Exported::name).toList());
        names.add(folder.manifest());
        names.add(folder.descriptor());
        return names;
    }

    /** All is here, so that a lease that cannot be ended is no failure; the vCenter ends it by itself. */
    private static void end(Lease lease, MachineId machine) throws InterruptedException {
        try {
            lease.complete();
        } catch (DriverException e) {
            lease.abort(e);
            System.getLogger(OvfExport.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "machine {0} was exported, and may not be changed for some minutes: {1}",
                            machine,
                            e.getMessage());
        }
    }
}
