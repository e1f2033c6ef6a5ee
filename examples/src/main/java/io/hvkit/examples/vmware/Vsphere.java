package io.hvkit.examples.vmware;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.PoolRequest;
import io.hvkit.engine.cluster.ClusterReport;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.hypervisor.spi.CloneRequest;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostSnapshots;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineClone;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.Quiescing;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.vmware.VmwareDatastoreDriver;
import io.hvkit.vmware.VmwareDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A vCenter from a cluster of datastores to a machine that moves: each step is done and then proved. */
final class Vsphere {

    /** What goes wrong on purpose. */
    enum Fault {
        NONE,
        FORGOTTEN_CONNECTION
    }

    private static final MachineId WEB = new MachineId("web");
    private static final VolumeId ROOT = new VolumeId("web-root");
    private static final SnapshotId BASE = new SnapshotId("golden");
    private static final String FAST = "LocalDS_0";
    private static final Path OTHER = Path.of("/vmfs/volumes/LocalDS_1");

    private final Vcenter vcenter;
    private final ProofTable proofs;
    private final HypervisorDriver hosts;
    private final VmwareDatastoreDriver datastores;

    Vsphere(Vcenter vcenter, ProofTable proofs) {
        this.vcenter = vcenter;
        this.proofs = proofs;
        this.hosts = HypervisorDrivers.of(List.of(VmwareDriver.with(asked -> vcenter.credentials())))
                .requireAll()
                .forType(HypervisorType.VMWARE);
        this.datastores = VmwareDatastoreDriver.with(asked -> vcenter.credentials());
    }

    void run(Fault fault) throws InterruptedException {
        addCluster();
        try (StoragePool pool = open();
                Hypervisor one = host("DC0_C0_H0");
                Hypervisor other = host("DC0_C0_H1")) {
            refuse(pool, one);
            make(pool, one);
            List<MachineClone> clones = cloneBothWays(one);
            move(one, other);
            tidyUp(pool, other, one, clones);
        }
        if (fault == Fault.FORGOTTEN_CONNECTION) {
            int machines = host("DC0_C0_H0").list().size();
            System.out.println("    a connection that sees " + machines + " machines is left open, on purpose");
        }
        count();
    }

    private void addCluster() throws InterruptedException {
        try (HvKit hvkit = HvKit.open(HvKitConfig.on(InMemoryCatalog.empty())
                .driversFrom(HypervisorDrivers.of(List.of()), StorageDrivers.of(List.of(datastores))))) {
            ZoneRecord zone = hvkit.inventory().addZone("z1");
            PoolRecord gold = proofs.step("a cluster of datastores is added", () -> add(hvkit, zone));
            List<PoolRecord> children = hvkit.poolClusters().children(gold.id());
            proofs.require(
                    children.size() == 2 && hvkit.inventory().pools().size() == 3,
                    "its pools: " + children.stream().map(PoolRecord::name).toList());
            ClusterReport again = proofs.step("it is looked at again", () -> look(hvkit, gold));
            proofs.require(again.children().isEmpty(), "nothing has changed");
            PoolSelection places = proofs.step(
                    "places for a new volume are looked for",
                    () -> hvkit.placement()
                            .explain(VolumeQuery.of(ByteSize.gibibytes(1), Reach.of(zone))
                                    .as(ImageFormat.VMDK)));
            proofs.require(
                    places.qualified().stream()
                            .map(PoolSelection.Choice::pool)
                            .collect(Collectors.toSet())
                            .equals(children.stream().map(PoolRecord::id).collect(Collectors.toSet())),
                    "volumes go to its datastores, and never to itself");
        }
    }

    // tag::cluster[]
    /** The whole difference is known and checked before anything is changed: the cluster and all its datastores are added, or none. */
    private PoolRecord add(HvKit hvkit, ZoneRecord zone) throws InterruptedException {
        Facts options = Facts.of(with("datastore", Vcenter.CLUSTER));
        PoolRequest gold = new PoolRequest("gold", VmwareDatastoreDriver.CLUSTER.id(), options, Map.of());
        return hvkit.inventory().addPool(Reach.of(zone), gold);
    }

    /** Now and then, and after work on the datastores: what came, went or moved is taken over, and so are disks that moved. */
    private static ClusterReport look(HvKit hvkit, PoolRecord cluster) throws InterruptedException {
        return hvkit.poolClusters().synchronise(cluster.id());
    }
    // end::cluster[]

    private StoragePool open() throws InterruptedException {
        StorageDriver driver =
                StorageDrivers.of(List.of(datastores)).requireAll().forType(VmwareDatastoreDriver.VMFS);
        return driver.open(
                new PoolId(FAST), VmwareDatastoreDriver.VMFS, Options.parse(driver.options(), with("datastore", FAST)));
    }

    private Hypervisor host(String name) throws InterruptedException {
        Map<String, String> options = with("datastore", FAST);
        options.put("host", name);
        return hosts.open(new HostId(name), HypervisorType.VMWARE, Options.parse(hosts.options(), options));
    }

    private Map<String, String> with(String option, String value) {
        Map<String, String> options = new HashMap<>(vcenter.options());
        options.put(option, value);
        return options;
    }

    private void refuse(StoragePool pool, Hypervisor host) throws InterruptedException {
        try (Secret key = Secret.random()) {
            CreateVolume locked =
                    CreateVolume.blank("secret", ByteSize.gibibytes(1)).encryptedBy(key);
            proofs.step("an encrypted volume is asked for", () -> locked);
            requireRefused(() -> pool.create(locked));
            Attachment place = new Attachment.ImageFile(OTHER.resolve("secret.vmdk"));
            Disk disk = Disk.of(new VolumeId("secret"), place, ImageFormat.LUKS);
            MachineSpec spec = MachineSpec.named("secret").with(disk.unlockedBy(key));
            proofs.step("a machine with an encrypted disk is asked for", () -> spec);
            requireRefused(() -> host.start(spec));
        }
    }

    private void requireRefused(ProofTable.Work<?> request) throws InterruptedException {
        try {
            proofs.failed("it was not refused: %s", request.done());
        } catch (DriverException e) {
            proofs.proved("%s: %s", e.failure(), String.valueOf(e.getMessage()));
        }
    }

    private static Disk disk(VolumeId volume, Attachment place) {
        return Disk.of(volume, place, ImageFormat.VMDK);
    }

    private void make(StoragePool pool, Hypervisor host) throws InterruptedException {
        Machine machine = proofs.step("a machine is started on a new volume", () -> {
            pool.create(CreateVolume.blank(ROOT.value(), ByteSize.gibibytes(1)).as(ImageFormat.VMDK));
            Attachment place = pool.attach(ROOT, host.host());
            return host.start(
                    MachineSpec.named(WEB.value()).with(disk(ROOT, place)).keptAs(Persistence.PERSISTENT));
        });
        Optional<DiskUuid> uuid = machine.uuid(ROOT);
        proofs.require(
                machine.state() == MachineState.RUNNING && uuid.isPresent() && uuid.equals(ofVolume(pool)),
                "its disk's UUID, told by host and pool: "
                        + uuid.map(DiskUuid::value).orElse("none"));
    }

    private static Optional<DiskUuid> ofVolume(StoragePool pool) throws InterruptedException {
        return pool.find(ROOT).flatMap(volume -> volume.diskUuid());
    }

    private List<MachineClone> cloneBothWays(Hypervisor host) throws InterruptedException {
        host.hostSnapshots().orElseThrow().take(WEB, BASE, Quiescing.IF_POSSIBLE);
        Optional<DiskUuid> source = host.find(WEB).orElseThrow().uuid(ROOT);
        MachineClone full = proofs.step("it is cloned, full", () -> clone(host, "copy", Kind.FULL));
        Optional<DiskUuid> own = full.machine().uuid(new VolumeId("copy"));
        proofs.require(own.isPresent() && !own.equals(source), "the UUID of its own disk: " + text(own));
        MachineClone linked = proofs.step("it is cloned, linked", () -> clone(host, "link", Kind.LINKED));
        Optional<DiskUuid> parents = linked.machine().uuid(new VolumeId("link"));
        proofs.require(
                parents.equals(source) && linked.kind() == Kind.LINKED,
                "the UUID of what its disk lies over: " + text(parents));
        List<String> listed = proofs.step("all disks are listed", () -> disks(host));
        proofs.require(listed.size() == 3, "each with its UUID: " + listed);
        proofs.step("what the linked one lies over is to be removed", () -> BASE);
        requireRefused(() -> {
            host.hostSnapshots().orElseThrow().remove(WEB, BASE, HostSnapshots.Removal.ALONE);
            return BASE;
        });
        return List.of(full, linked);
    }

    private static List<String> disks(Hypervisor host) throws InterruptedException {
        return host.list().stream()
                .flatMap(machine -> machine.disks().stream()
                        .map(MachineDisk::volume)
                        .flatMap(volume -> machine.uuid(volume).map(uuid -> volume + " " + uuid.value()).stream()))
                .sorted()
                .toList();
    }

    private static String text(Optional<DiskUuid> uuid) {
        return uuid.map(DiskUuid::value).orElse("none");
    }

    // tag::clone[]
    private static MachineClone clone(Hypervisor host, String name, Kind kind) throws InterruptedException {
        CloneRequest request = CloneRequest.named(name)
                .calling(ROOT, new VolumeId(name))
                .from(BASE)
                .as(kind);
        return host.machineClones().orElseThrow().clone(WEB, request);
    }
    // end::clone[]

    // tag::move[]
    /** To another host and another datastore at once, while it runs. */
    private static JobVerdict relocate(Hypervisor from, Hypervisor to) throws InterruptedException {
        MachineMoveJob job = from.machineRelocation()
                .orElseThrow()
                .start(WEB, Relocation.to(to).storedAt(OTHER));
        Optional<JobVerdict> verdict = job.await(Duration.ofMinutes(5));
        return verdict.orElseThrow();
    }
    // end::move[]

    private void move(Hypervisor from, Hypervisor to) throws InterruptedException {
        Optional<DiskUuid> before = from.find(WEB).orElseThrow().uuid(ROOT);
        JobVerdict verdict = proofs.step("it moves to another host and datastore", () -> relocate(from, to));
        Machine there = to.find(WEB).orElseThrow();
        boolean isThere = verdict instanceof JobVerdict.Succeeded
                && from.find(WEB).isEmpty()
                && there.state() == MachineState.RUNNING
                && there.uuid(ROOT).equals(before)
                && there.disks().stream().allMatch(Vsphere::isAtOther);
        proofs.require(
                isThere,
                "it runs on " + to.host() + " and there alone, its disk is the same one, now at "
                        + there.disks().stream().map(Vsphere::place).toList());
    }

    private static String place(MachineDisk disk) {
        return disk.attachment().match(Object::toString, file -> file.path().toString(), Object::toString);
    }

    private static boolean isAtOther(MachineDisk disk) {
        return disk.attachment().match(device -> false, file -> file.path().startsWith(OTHER), remote -> false);
    }

    private void tidyUp(StoragePool pool, Hypervisor host, Hypervisor first, List<MachineClone> clones)
            throws InterruptedException {
        List<String> left = proofs.step("all machines are stopped and forgotten", () -> {
            for (MachineClone clone : clones) {
                first.forget(clone.machine().id());
            }
            host.stop(WEB, StopMode.POWER_OFF);
            return host.list().stream()
                    .map(Machine::name)
                    .filter(name -> name.equals("web"))
                    .toList();
        });
        proofs.require(
                left.size() == 1 && pool.find(ROOT).isPresent(),
                "the source stays, with the snapshot that the disk of the forgotten linked clone lies over");
    }

    private void count() throws InterruptedException {
        int sessions = proofs.step("what is left in the vCenter is counted", () -> vcenter.count("sessions"));
        int objects = vcenter.count("objects");
        int abandoned = vcenter.count("abandoned");
        proofs.require(
                sessions == 0 && objects == 0 && abandoned == 0,
                "sessions " + sessions + ", views and collectors " + objects + ", abandoned ones " + abandoned);
    }
}
