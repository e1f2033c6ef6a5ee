package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.ChangeTracking;
import io.hvkit.hypervisor.spi.DirectDownload;
import io.hvkit.hypervisor.spi.DiskBackups;
import io.hvkit.hypervisor.spi.GuestAgent;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.LiveDiskMigration;
import io.hvkit.hypervisor.spi.LiveMigration;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineSnapshots;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Statistics;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.internal.host.HostAccess;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.seed.SeedFolder;
import io.hvkit.kvm.internal.xml.CapabilitiesXml;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.DomainXml;
import io.hvkit.kvm.internal.xml.HostXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.download.HttpDownload;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A libvirt host that runs QEMU. */
public final class KvmHypervisor implements Hypervisor {

    private final HostId host;
    private final Features<HypervisorFeature> features;
    private final DomainXml.Acceleration acceleration;
    private final SecretKeeper secrets;
    private final MachineSeeds seeds;
    private final LibvirtSession session;
    private final CopyWatch watch;
    private final LiveDiskMigration migration;
    private final MachineSnapshots snapshots;
    private final MoveSide side;
    private final LibvirtMigration machineMigration;
    private final MachineControl control;
    private final HostChanges changes;
    private final DomainNotes notes;
    private final KeyTrial trial;
    private final HotPlug hotPlug;
    private final HostProbe probe;
    private final Statistics statistics;
    private final ChangeTracking changeTracking;
    private final LibvirtGuestAgent guestAgent;
    private final DiskBackups backups;
    private final Optional<DirectDownload> download;

    private KvmHypervisor(
            HostId host,
            Features<HypervisorFeature> features,
            HostSetup setup,
            DomainXml.Acceleration acceleration,
            SecretKeeper secrets,
            MachineSeeds seeds,
            LibvirtSession session,
            HostEvents events,
            Optional<QemuImg> tools,
            Optional<String> address,
            Optional<DirectDownload> download) {
        this.host = host;
        this.features = features;
        this.download = download;
        this.guestAgent = new LibvirtGuestAgent(session);
        this.acceleration = acceleration;
        this.secrets = secrets;
        this.seeds = seeds;
        this.session = session;
        this.probe = setup.probe();
        this.notes = new DomainNotes();
        this.changeTracking = new LibvirtChangeTracking(session, new DomainNotes());
        this.watch = new CopyWatch(session, secrets, notes);
        Optional<TargetCheck> targetCheck = tools.map(found -> new TargetCheck(setup.files(), found));
        this.migration = new LibvirtDiskMigration(session, secrets, notes, watch, targetCheck);
        this.snapshots = new LibvirtSnapshots(session, secrets, notes, watch, tools);
        this.trial = new KeyTrial(session, tools, setup::programs);
        this.backups = new LibvirtDiskBackups(
                session,
                secrets,
                guestAgent,
                changeTracking,
                tools.map(found -> new BackupCheck(setup.files(), found)));
        this.side = new MoveSide(host, session, secrets, notes, targetCheck, trial, address);
        this.machineMigration = new LibvirtMigration(side);
        this.control = new LibvirtControl(session);
        this.changes = events.changes();
        this.hotPlug = new LibvirtHotPlug(session, secrets, notes, trial, changes);
        this.statistics = new LibvirtStatistics(session, events.labels());
        events.tell(watch, seeds, session);
    }

    /** Connects; see {@link io.hvkit.kvm.KvmDriver}. The access is closed with the connection, or if there is none. */
    public static KvmHypervisor open(HostId host, HostAccess access, KvmSettings settings) throws InterruptedException {
        HostSetup setup = new HostSetup(access, settings.acceleration());
        SecretKeeper secrets = new SecretKeeper(access.whyNoKeys());
        HostEvents events = new HostEvents(secrets, new StraySecrets(secrets, settings.secretGrace()));
        LibvirtSession session = LibvirtSession.open(access, settings.callLimit(), events);
        try {
            return new KvmHypervisor(
                    host,
                    KvmFeatures.of(
                            session.ask("look at " + settings.uri(), LibvirtConnection::version),
                            secrets.mayHoldKeys() ? KvmFeatures.Keys.WELCOME : KvmFeatures.Keys.KEPT_BACK,
                            access.isLocal() ? KvmFeatures.Where.HERE : KvmFeatures.Where.ELSEWHERE),
                    setup,
                    setup.acceleration(session),
                    secrets,
                    new MachineSeeds(access.isLocal() ? Optional.of(seedFolder(session, settings)) : Optional.empty()),
                    session,
                    events,
                    setup.imageTools(),
                    settings.address(),
                    access.isLocal() ? Optional.of(download(settings.staging())) : Optional.empty());
        } catch (RuntimeException | InterruptedException e) {
            session.close();
            throw e;
        }
    }

    private static SeedFolder seedFolder(LibvirtSession session, KvmSettings settings) throws InterruptedException {
        String capabilities = session.ask("look at " + settings.uri(), LibvirtConnection::capabilities);
        return new SeedFolder(
                settings.seeds(), HostXml.key(capabilities, settings.uri()), HostXml.emulator(capabilities));
    }

    private static DirectDownload download(Path staging) {
        return HttpDownload.anywhere(staging).taking(ImageFormat.RAW, ImageFormat.QCOW2)::fetch;
    }

    @Override
    public HostId host() {
        return host;
    }

    @Override
    public Features<HypervisorFeature> features() {
        return features;
    }

    @Override
    public HostFacts probe() throws InterruptedException {
        session.ask("look at host " + host, LibvirtConnection::capabilities);
        return probe.facts();
    }

    @Override
    public HostFacts facts(Duration noOlderThan) throws InterruptedException {
        return probe.facts(noOlderThan);
    }

    @Override
    public void keysFrom(KeySource source) {
        secrets.keysFrom(source, trial);
        session.soon(
                "restore secrets",
                connection -> { // libvirt may have lost some before this connection was made
                    secrets.restore(connection);
                    return host;
                });
    }

    @Override
    public Optional<HostCapacity> capacity() throws InterruptedException {
        return CapabilitiesXml.read(session.ask("ask what host " + host + " has", LibvirtConnection::capabilities))
                .capacity();
    }

    @Override
    public Machine start(MachineSpec spec) throws InterruptedException {
        spec.disks().forEach(DiskXml::require); // refuse before anything is touched
        seeds.require(spec);
        MachineStart start = new MachineStart(acceleration, secrets, seeds, notes, spec, trial.of(spec));
        return session.change("start machine " + spec.name(), start::on);
    }

    @Override
    public Machine define(MachineSpec spec) throws InterruptedException {
        spec.disks().forEach(DiskXml::require);
        seeds.require(spec);
        MachineDefinition definition = new MachineDefinition(acceleration, seeds, spec);
        return session.change("define machine " + spec.name(), definition::on);
    }

    @Override
    public Machine start(MachineId id, KeySource keys) throws InterruptedException {
        return new RememberedStart(session, secrets, notes, trial, id, keys).run();
    }

    @Override
    public void stop(MachineId id, StopMode mode) throws InterruptedException {
        new MachineStop(session, secrets, seeds, changes, id, mode).run();
    }

    @Override
    public void forget(MachineId id) throws InterruptedException {
        session.change("forget machine " + id, connection -> notes.alone(id.value(), () -> forget(connection, id)));
    }

    private MachineId forget(LibvirtConnection connection, MachineId id) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(id.value());
        if (found.isPresent()) {
            try (LibvirtDomain domain = found.get()) {
                if (domain.state().isActive()) {
                    throw DriverException.because(Failure.IN_USE).message("machine %s runs; stop it first", id);
                }
                seeds.adopt(MachineXml.read(domain.xml()));
                domain.undefineWithFirmware();
            }
        }
        seeds.sweep(connection);
        return id;
    }

    @Override
    public Optional<Machine> find(MachineId id) throws InterruptedException {
        return session.ask("look at machine " + id, connection -> {
            Optional<LibvirtDomain> found = connection.find(id.value());
            if (found.isEmpty()) {
                return Optional.<Machine>empty();
            }
            try (LibvirtDomain domain = found.get()) {
                return Optional.of(machine(id, domain));
            } catch (LibvirtException e) {
                if (e.saysAbsent()) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    @Override
    public List<Machine> list() throws InterruptedException {
        return session.ask("list machines", connection -> {
            List<Machine> machines = new ArrayList<>();
            connection.forEachDomain(domain -> {
                Optional<MachineId> id = id(domain.name());
                if (id.isPresent()) {
                    machines.add(machine(id.get(), domain));
                }
            });
            return List.copyOf(machines);
        });
    }

    /** Domains that others made may have names that no machine of ours can have; those are not ours to list. */
    static Optional<MachineId> id(String name) {
        try {
            return Optional.of(new MachineId(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static Machine machine(MachineId id, LibvirtDomain domain) throws LibvirtException {
        MachineXml xml = MachineXml.read(domain.xml());
        return Machine.of(id, id.value(), domain.state().asMachineState()).with(xml.machineDisks());
    }

    @Override
    public Optional<Path> console(MachineId id) throws InterruptedException {
        return session.ask("find the console of machine " + id, connection -> {
            Optional<LibvirtDomain> found = connection.find(id.value());
            if (found.isEmpty()) {
                return Optional.<Path>empty();
            }
            try (LibvirtDomain domain = found.get()) {
                return domain.state().isActive()
                        ? MachineXml.read(domain.xml())
                                .console()
                                .filter(path -> !path.isEmpty())
                                .map(Path::of)
                        : Optional.<Path>empty();
            }
        });
    }

    @Override
    public Optional<HotPlug> hotPlug() {
        return Optional.of(hotPlug);
    }

    @Override
    public Optional<MachineControl> control() {
        return Optional.of(control);
    }

    @Override
    public Optional<GuestAgent> guestAgent() {
        return Optional.of(guestAgent);
    }

    @Override
    public Optional<ChangeTracking> changeTracking() {
        return Optional.of(changeTracking);
    }

    @Override
    public Optional<DiskBackups> diskBackups() {
        return Optional.of(backups);
    }

    @Override
    public Optional<Statistics> statistics() {
        return Optional.of(statistics);
    }

    @Override
    public Optional<LiveDiskMigration> liveDiskMigration() {
        return Optional.of(migration);
    }

    @Override
    public Optional<LiveMigration> liveMigration() {
        return Optional.of(machineMigration);
    }

    @Override
    public Optional<MachineSnapshots> machineSnapshots() {
        return Optional.of(snapshots);
    }

    @Override
    public Optional<DirectDownload> directDownload() {
        return download;
    }

    /** Returns this host as one of the two of a move. */
    MoveSide side() {
        return side;
    }

    @Override
    public void close() {
        guestAgent.close();
        machineMigration.close();
        watch.close();
        session.close();
    }

    /**
     * How to connect.
     *
     * @param uri libvirt's
     * @param acceleration what was asked for
     * @param callLimit how long one call may take
     * @param address where other hosts reach this one; libvirt finds out for itself if it is left out
     * @param seeds the folder of the seeds of cloud-init
     * @param staging where images for block devices are gathered
     * @param secretGrace how long a secret that nothing needs is left alone
     */
    public record KvmSettings(
            URI uri,
            String acceleration,
            Duration callLimit,
            Optional<String> address,
            Path seeds,
            Path staging,
            Duration secretGrace) {}
}
