package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.PoolRequest;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An engine spreads volumes over equal datastores. That its lots are even whatever the pools is for its own tests. */
@Tag("campaign") // it asks about our logic alone
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DistributionIT {

    private static final int DATASTORES = 4;
    private static final int DRAWS = Boolean.getBoolean("hvkit.thorough") ? 1000 : 80;

    /** What chi-square is above once in a million, for three degrees of freedom. */
    private static final double ONCE_IN_A_MILLION = 30.66;

    @Test
    void equal_datastores_are_chosen_equally_often() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        try (DatastoreJudged datastore = DatastoreJudged.start(
                        "-datastores", String.valueOf(DATASTORES), "-clustered", String.valueOf(DATASTORES));
                HvKit hvkit = HvKit.open(HvKitConfig.on(InMemoryCatalog.empty())
                        .driversFrom(
                                HypervisorDrivers.of(List.of()), StorageDrivers.of(List.of(datastore.driver()))))) {
            ZoneRecord zone = hvkit.inventory().addZone("z1");
            for (int i = 0; i < DATASTORES; i++) {
                hvkit.inventory()
                        .addPool(
                                Reach.of(zone),
                                request(datastore.vmware(), "LocalDS_" + i, VmwareDatastoreDriver.VMFS));
            }
            RecordId<PoolRecord> parent = hvkit.inventory()
                    .addPool(Reach.of(zone), request(datastore.vmware(), "DC0_POD0", VmwareDatastoreDriver.CLUSTER))
                    .id();
            VolumeQuery wanted =
                    VolumeQuery.of(ByteSize.mebibytes(1), Reach.of(zone)).as(ImageFormat.VMDK);
            Map<RecordId<PoolRecord>, Integer> counts = new HashMap<>();
            Random seeds = new Random(seed);
            for (int i = 0; i < DRAWS; i++) {
                counts.merge(hvkit.placement().explain(wanted, seeds.nextLong()).orThrow(), 1, Integer::sum);
            }

            assertThat(counts).as("parents are never chosen").doesNotContainKey(parent);
            double expected = DRAWS / (double) DATASTORES;
            double chiSquare = (DATASTORES - counts.size()) * expected
                    + counts.values().stream()
                            .mapToDouble(n -> (n - expected) * (n - expected) / expected)
                            .sum();
            assertThat(chiSquare).as("%s", counts.values()).isLessThan(ONCE_IN_A_MILLION);
        }
    }

    private static PoolRequest request(VmwareJudged vmware, String datastore, StoragePoolType type) {
        return PoolRequest.named(datastore, type)
                .with(
                        VmwareDriver.VCENTER,
                        URI.create(vmware.vcenter().sdk().resolve("/").toString()))
                .with(VmwareDriver.DATACENTER, "DC0")
                .with(VmwareDatastoreDriver.DATASTORE, datastore)
                .with(VmwareDriver.CA, Path.of(vmware.vcenter().certificate().toString()));
    }
}
