package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.core.Incubating;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.setting.Setting;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** What an engine is made of. Immutable. */
@Incubating(since = "0.1")
public final class HvKitConfig {

    /** How long leases last unless it is said. */
    public static final Duration USUAL_LEASE = Duration.ofSeconds(30);

    /** The shortest lease: a process that is merely slow must not lose its operations. */
    public static final Duration SHORTEST_LEASE = Duration.ofSeconds(2);

    /** Changed while it is copied, and not once a configuration has it. */
    private static final class Parts {
        private final Catalog catalog;
        private Optional<KeyProvider> keys = Optional.empty();
        private HypervisorDrivers hypervisors = HypervisorDrivers.of(List.<HypervisorDriver>of());
        private StorageDrivers storage = StorageDrivers.of(List.<StorageDriver>of());
        private EndPointSource endPoints = EndPointSource.NONE;
        private Optional<Executor> executor = Optional.empty();
        private InstantSource clock = InstantSource.system();
        private Duration lease = USUAL_LEASE;
        private Optional<PlacementPolicy> placing = Optional.empty();
        private List<Setting<?>> settings = StandardSettings.all();
        private PlacementNotes notes = PlacementNotes.NONE;
        private Optional<Path> staging = Optional.empty();

        private Parts(Catalog catalog) {
            this.catalog = catalog;
        }

        private Parts copy() {
            Parts copy = new Parts(catalog);
            copy.keys = keys;
            copy.hypervisors = hypervisors;
            copy.storage = storage;
            copy.endPoints = endPoints;
            copy.executor = executor;
            copy.clock = clock;
            copy.lease = lease;
            copy.placing = placing;
            copy.notes = notes;
            copy.settings = settings;
            copy.staging = staging;
            return copy;
        }
    }

    private final Parts parts;

    private HvKitConfig(Parts parts) {
        this.parts = parts;
    }

    private HvKitConfig with(Consumer<Parts> change) {
        Parts copy = parts.copy();
        change.accept(copy);
        return new HvKitConfig(copy);
    }

    /** Returns an engine over a catalog, which it closes when it is closed; without keys, drivers and end points. */
    public static HvKitConfig on(Catalog catalog) {
        return new HvKitConfig(new Parts(catalog));
    }

    /** Returns this engine with a provider of master keys, which it closes when it is closed; without one it makes no encrypted volume. */
    public HvKitConfig keysFrom(KeyProvider provider) {
        return with(copy -> copy.keys = Optional.of(provider));
    }

    /** Returns this engine with these drivers. */
    public HvKitConfig driversFrom(HypervisorDrivers hypervisors, StorageDrivers storage) {
        return with(copy -> {
            copy.hypervisors = hypervisors;
            copy.storage = storage;
        });
    }

    /**
     * Returns this engine with what brings the end points of its hosts. It opens one for each host when it is needed first, and closes them
     * when it is closed. Without them it does no work on the bytes of volumes that their pools do not do: no volume gets another key, and
     * none is copied.
     */
    public HvKitConfig endPointsFrom(EndPointSource source) {
        return with(copy -> copy.endPoints = source);
    }

    /**
     * Returns this engine with an executor that runs its jobs, one task for each as long as it lasts; never on the thread that asks. It stays
     * the caller's. Without one, each job has a thread of its own while it lasts.
     */
    public HvKitConfig runBy(Executor executor) {
        return with(copy -> copy.executor = Optional.of(executor));
    }

    /**
     * Returns this engine with other leases: how long a process that died keeps others from its operations, {@link #USUAL_LEASE} unless it is
     * said. One that lives and cannot reach its catalog for so long loses them too.
     *
     * @throws IllegalArgumentException if it is shorter than {@link #SHORTEST_LEASE}
     */
    public HvKitConfig leasing(Duration lease) {
        if (lease.compareTo(SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("leases last for " + SHORTEST_LEASE + " at least, not " + lease);
        }
        return with(copy -> copy.lease = lease);
    }

    /**
     * Returns this engine with another policy of choosing pools, and what else is known of them. Without it, both are what operators have set, see
     * {@link StandardSettings}.
     */
    public HvKitConfig placingBy(PlacementPolicy policy, PlacementNotes notes) {
        return with(copy -> {
            copy.placing = Optional.of(policy);
            copy.notes = notes;
        });
    }

    /** Returns this engine with one more setting, beside the {@linkplain StandardSettings standard} ones. */
    public HvKitConfig knowing(Setting<?> setting) {
        return with(copy -> {
            List<Setting<?>> more = new ArrayList<>(copy.settings);
            more.add(setting);
            copy.settings = List.copyOf(more);
        });
    }

    /**
     * Returns this engine with a folder of this machine in which images are kept while hosts of this machine fetch them for templates, until a
     * pool has inspected and taken them. Engines that share a catalog name the same folder, or none downloads for the other. Without it no
     * template is downloaded.
     *
     * @throws IllegalArgumentException if the path is not absolute
     */
    public HvKitConfig stagingIn(Path folder) {
        if (!folder.isAbsolute()) {
            throw new IllegalArgumentException("images are kept at an absolute path, not '" + folder + "'");
        }
        return with(copy -> copy.staging = Optional.of(folder));
    }

    /** Returns this engine with another clock. */
    public HvKitConfig timedBy(InstantSource clock) {
        return with(copy -> copy.clock = clock);
    }

    Optional<Path> staging() {
        return parts.staging;
    }

    Catalog catalog() {
        return parts.catalog;
    }

    Optional<KeyProvider> keys() {
        return parts.keys;
    }

    HypervisorDrivers hypervisors() {
        return parts.hypervisors;
    }

    StorageDrivers storage() {
        return parts.storage;
    }

    EndPointSource endPoints() {
        return parts.endPoints;
    }

    Optional<Executor> executor() {
        return parts.executor;
    }

    InstantSource clock() {
        return parts.clock;
    }

    Duration lease() {
        return parts.lease;
    }

    List<Setting<?>> settings() {
        return parts.settings;
    }

    Optional<PlacementPolicy> placing() {
        return parts.placing;
    }

    PlacementNotes notes() {
        return parts.notes;
    }
}
