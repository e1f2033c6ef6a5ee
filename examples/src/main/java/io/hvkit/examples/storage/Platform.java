package io.hvkit.examples.storage;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.jdbc.SchemaMode;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What every process of a platform knows of its engine: any number of them may have one open at once.
 *
 * @param database the address of its catalog
 * @param masterKeys the file of its master keys, which is kept apart from the catalog
 */
public record Platform(String database, Path masterKeys) {

    private static final String SQLITE = "jdbc:sqlite:";

    /** Returns the platform whose catalog is in that file. */
    public static Platform inFile(Path file, Path masterKeys) {
        return new Platform(SQLITE + file, masterKeys);
    }

    /** Returns the program that moves a volume in another process, and its arguments. */
    List<String> moving() {
        return List.of(MoveProgram.class.getName(), database, masterKeys.toString());
    }

    // tag::open[]
    public HvKit open(InstantSource clock) throws InterruptedException {
        ClassLoader here = Platform.class.getClassLoader();
        return HvKit.open(HvKitConfig.on(catalog())
                .keysFrom(KeyProvider.file(masterKeys))
                .driversFrom(HypervisorDrivers.discoveredBy(here), StorageDrivers.discoveredBy(here))
                .endPointsFrom(Platform::endPoint)
                .leasing(HvKitConfig.SHORTEST_LEASE) // so that others soon take over from a process that died
                .timedBy(clock));
    }

    /** What works on the bytes of volumes that no machine has open. */
    private static Optional<EndPoint> endPoint(HostRecord host) {
        return Optional.of(
                KvmEndPoint.at(host.hostId(), URI.create(host.options().text("uri"))));
    }
    // end::open[]

    // tag::catalog[]
    public Catalog catalog() throws InterruptedException {
        if (database.startsWith(SQLITE)) {
            return JdbcCatalog.file(Path.of(database.substring(SQLITE.length())));
        }
        PGSimpleDataSource connections = new PGSimpleDataSource(); // a platform has a pool of connections
        connections.setURL(database);
        return JdbcCatalog.on(connections, JdbcCatalog.USUAL_PREFIX, SchemaMode.MIGRATE);
    }
    // end::catalog[]
}
