package io.hvkit.engine;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.cluster.ClusterKeeping;
import io.hvkit.engine.internal.cluster.PoolTags;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.engine.internal.inventory.Credentials;
import io.hvkit.engine.internal.inventory.StorageHosts;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.machine.HostSurvey;
import io.hvkit.engine.internal.machine.MachineGround;
import io.hvkit.engine.internal.machine.MachineProcedures;
import io.hvkit.engine.internal.operation.Operations;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Terms;
import io.hvkit.engine.internal.placement.PoolRoom;
import io.hvkit.engine.internal.placement.PoolSurvey;
import io.hvkit.engine.internal.setting.VmwareTerms;
import io.hvkit.engine.internal.snapshot.DueSnapshots;
import io.hvkit.engine.internal.snapshot.SnapshotProcedures;
import io.hvkit.engine.internal.template.TemplateGround;
import io.hvkit.engine.internal.template.TemplateProcedures;
import io.hvkit.engine.internal.volume.DiskKeys;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.MachineTurns;
import io.hvkit.engine.internal.volume.PlaceProcedure;
import io.hvkit.engine.job.Jobs;
import io.hvkit.engine.job.OperationListener;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.offering.Offerings;
import io.hvkit.engine.placement.VolumeQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An engine in this process. It opens no port, keeps nothing outside its catalog, and has no thread while no job runs. Any number of threads
 * may share one, and any number of engines one catalog that allows for it.
 *
 * <p>Call {@link #recover} once it is open: until then, what a crash interrupted is as the crash left it.
 */
@Incubating(since = "0.1")
public final class HvKit implements AutoCloseable {

    private record Parts(
            HvKitConfig config,
            Connections connections,
            StorageHosts hosts,
            Inventory inventory,
            Keys keys,
            Volumes volumes,
            Machines machines,
            Snapshots snapshots,
            Schedules schedules,
            Templates templates,
            Placement placement,
            Settings settings,
            PoolClusters clusters) {}

    private final Parts parts;

    private HvKit(Parts parts) {
        this.parts = parts;
    }

    /** Opens an engine; touches nothing outside yet. */
    public static HvKit open(HvKitConfig config) {
        KeyVault vault = new KeyVault(config.catalog(), config.keys().orElse(NO_KEYS), config.clock());
        Credentials credentials = new Credentials(config.catalog(), vault);
        Connections connections = new Connections(
                config.hypervisors(),
                config.storage(),
                host -> new DiskKeys(config.catalog(), vault, host),
                credentials,
                new VmwareTerms(config.catalog()));
        StorageHosts hosts = new StorageHosts(config.catalog(), config.endPoints()::open, config.clock());
        PoolTags tags = new PoolTags(config.catalog(), config.notes());
        Ground ground =
                new Ground(config.catalog(), connections, hosts, vault, new MachineTurns(), tags, config.clock());
        Terms usual = Terms.usual().leasing(config.lease());
        Terms terms = config.executor().map(usual::runBy).orElse(usual);
        Settings settings = new Settings(config.catalog(), config.hypervisors().types(), config.settings());
        PoolSurvey survey =
                new PoolSurvey(config.catalog(), connections, config.storage().types(), config.notes(), config.clock());
        Placement placement = new Placement(survey, hosts, config.placing(), settings);
        TemplateGround templateGround = new TemplateGround(ground, config.staging());
        SnapshotProcedures ofSnapshots = SnapshotProcedures.on(templateGround);
        MachineGround machineGround = new MachineGround(
                ground, new HostSurvey(config.catalog(), connections, config.notes()), placement::qualified);
        TemplateProcedures ofTemplates = TemplateProcedures.on(templateGround);
        MachineProcedures ofMachines = MachineProcedures.on(machineGround, ofTemplates.volume());
        Volumes volumes = Volumes.on(ground, poolsOf(placement), procedures -> {
            List<Procedure<?, ?>> all = new ArrayList<>(procedures);
            all.addAll(ofSnapshots.all());
            all.addAll(ofMachines.all());
            all.addAll(ofTemplates.all());
            return new Operations(config.catalog(), all, terms, config.clock());
        });
        Snapshots snapshots = Snapshots.on(config.catalog(), ofSnapshots, volumes.operations());
        Schedules schedules = new Schedules(
                config.catalog(), new DueSnapshots(ground, ofSnapshots, volumes.operations()), config.clock());
        Machines machines = Machines.on(machineGround, ofMachines, ofTemplates, volumes.operations());
        Templates templates = Templates.on(config.catalog(), ofTemplates, ofSnapshots.capture(), volumes.operations());
        ClusterKeeping clusters = new ClusterKeeping(config.catalog(), connections, credentials, config.clock());
        Inventory inventory = new Inventory(config.catalog(), connections, hosts, credentials, config.clock());
        return new HvKit(new Parts(
                config,
                connections,
                hosts,
                inventory,
                new Keys(vault),
                volumes,
                machines,
                snapshots,
                schedules,
                templates,
                placement,
                settings,
                new PoolClusters(config.catalog(), connections, clusters, volumes)));
    }

    private static PlaceProcedure.Pools poolsOf(Placement placement) {
        return new PlaceProcedure.Pools() {
            @Override
            public RecordId<PoolRecord> choose(VolumeQuery query) throws InterruptedException {
                return placement.choose(query);
            }

            @Override
            public Optional<PoolRoom> room(VolumeQuery query, RecordId<PoolRecord> pool) throws InterruptedException {
                return placement.room(query, pool);
            }
        };
    }

    /**
     * Takes every operation that nobody works on any more, and finishes it or takes it back. Those of other living engines are left alone.
     * Doing it again does nothing more.
     */
    public RecoveryReport recover() throws InterruptedException {
        return parts.volumes.operations().recover();
    }

    /** Returns the zones, clusters, hosts and pools. */
    public Inventory inventory() {
        return parts.inventory;
    }

    /** Returns what looks after parents of pools, such as clusters of datastores. */
    public PoolClusters poolClusters() {
        return parts.clusters;
    }

    /** Returns the volumes. */
    public Volumes volumes() {
        return parts.volumes;
    }

    /** Returns the snapshots of volumes. */
    public Snapshots snapshots() {
        return parts.snapshots;
    }

    /** Returns what takes snapshots by itself. */
    public Schedules schedules() {
        return parts.schedules;
    }

    /** Returns the machines. */
    public Machines machines() {
        return parts.machines;
    }

    /** Returns the templates. */
    public Templates templates() {
        return parts.templates;
    }

    /** Returns what says where volumes and storage jobs can go, and why not elsewhere. */
    public Placement placement() {
        return parts.placement;
    }

    /** Returns the keys of volumes, as an operator looks after them. */
    public Keys keys() {
        return parts.keys;
    }

    /** Returns what operators have set. */
    public Settings settings() {
        return parts.settings;
    }

    /** Returns what is offered. */
    public Offerings offerings() {
        return Offerings.in(parts.config.catalog());
    }

    /** Returns who has how much, how much that may be, and how it changes. */
    public Usage usage() {
        return new Usage(parts.config.catalog(), parts.config.clock());
    }

    /** Returns the jobs, those too that were begun elsewhere or before a crash. */
    public Jobs jobs() {
        return parts.volumes.operations();
    }

    /** Tells a listener of the operations that run here, from now on. */
    public void listen(OperationListener listener) {
        parts.volumes.operations().listen(listener);
    }

    /**
     * Lets go of the jobs that run here, so that another engine may go on with them at once, and closes connections, end points, keys and catalog.
     * Closing twice does nothing.
     */
    @Override
    public void close() {
        parts.volumes.operations().close();
        parts.hosts.close();
        parts.connections.close();
        parts.config.keys().ifPresent(KeyProvider::close);
        parts.config.catalog().close();
    }

    /** Refuses, since nobody said where master keys are. */
    private static final KeyProvider NO_KEYS = new KeyProvider() {
        @Override
        public String currentMasterKey() {
            throw refused();
        }

        @Override
        public Wrapping wrap(Secret key, String binding) {
            throw refused();
        }

        @Override
        public Secret unwrap(Wrapping wrapping, String binding) {
            throw refused();
        }

        private DriverException refused() {
            return DriverException.because(Failure.UNSUPPORTED)
                    .message("this engine has no keys, so it encrypts nothing; say keysFrom in its configuration");
        }
    };
}
