package io.hvkit.engine.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What copies of a volume are called, and what is written down of them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CopiesTest {

    private static final RecordId<PoolRecord> POOL = new RecordId<>("5f0c1d52-8a5e-4f0a-9a53-000000000001");
    private static final RecordId<VolumeRecord> VOLUME = new RecordId<>("0b9c7a86-1111-4c3e-8f6e-000000000002");

    @Test
    void names_never_change_since_pools_and_machines_know_them() {
        assertThat(Ground.nameIn(POOL, VOLUME, 0)).isEqualTo("hvkit-23d96cb6c323e3de69aa52a6");
        assertThat(Ground.nameIn(POOL, VOLUME, 1)).isEqualTo("hvkit-0a25ecfd42474b60686f3c8e");
    }

    @Test
    void each_copy_in_each_pool_has_a_name_of_its_own_that_every_pool_can_keep() {
        Set<String> names = new HashSet<>();
        for (int copy = 0; copy < 100; copy++) {
            for (String pool : new String[] {POOL.value(), "other"}) {
                String name = Ground.nameIn(new RecordId<>(pool), VOLUME, copy);
                assertThat(name).hasSizeLessThan(32).matches("[a-z0-9-]+");
                assertThat(names.add(name)).as("copy %d in pool %s", copy, pool).isTrue();
            }
        }
        assertThat(names).hasSize(200);
    }

    @Test
    void a_plan_comes_back_from_the_journal_and_one_of_an_older_engine_is_of_first_copies() {
        MovePlan plan = new MovePlan(
                new MovePlan.Copy(
                        POOL,
                        new RecordId<>("pool-0"),
                        3,
                        new VolumeId("vol-7"),
                        ImageFormat.LUKS,
                        Optional.of(new RecordId<>("key-1"))),
                new MovePlan.Target(
                        4, ByteSize.mebibytes(2), ImageFormat.LUKS, VolumeEncryption.WITH_KEY, HeaderWriter.END_POINT),
                Optional.of(new MovePlan.Use(
                        new RecordId<>("host-1"), new MachineId("web-01"), Optional.of(new VolumeId("vda")))),
                Optional.of(new RecordId<>("host-2")),
                VolumeLimits.none().iops(500).bandwidth(ByteSize.mebibytes(10)));
        assertThat(MovePlan.of(plan.facts())).isEqualTo(plan);

        Facts older = plan.facts();
        for (String unknown : Set.of("fromHome", "fromCopy", "toCopy", "header", "iops", "bandwidth")) {
            Map<String, String> known = new TreeMap<>(older.texts());
            known.remove(unknown);
            older = Facts.of(known);
        }

        MovePlan first = MovePlan.of(older);
        assertThat(first.from().number()).isZero();
        assertThat(first.from().home()).isEqualTo(POOL);
        assertThat(first.target().headerBy()).isEqualTo(HeaderWriter.POOL);
        assertThat(first.limits()).isEqualTo(VolumeLimits.none());
        assertThat(first.target().number()).isZero();
        assertThat(first.from().id()).isEqualTo(plan.from().id());
    }
}
