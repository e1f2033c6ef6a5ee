package io.hvkit.catalog.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogValuesTest {

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-a", ".a", "a b", "a/b", "\u0130d", "a\n"})
    void an_id_of_another_form_is_refused_and_named(String value) {
        assertThatThrownBy(() -> new RecordId<ZoneRecord>(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + value + "'");
    }

    @Test
    void an_id_is_at_most_64_characters_long() {
        assertThat(new RecordId<ZoneRecord>("a".repeat(64)).value()).hasSize(64);
        assertThatThrownBy(() -> new RecordId<ZoneRecord>("a".repeat(65))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void facts_are_read_by_name_and_a_missing_one_is_named() {
        Facts facts = Facts.of("pool", "p1").with("size", 42).with("key", Optional.empty());

        assertThat(facts.text("size")).isEqualTo("42");
        assertThat(facts.find("key")).isEmpty();
        assertThatThrownBy(() -> facts.text("key"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA))
                .hasMessageContaining("'key'");
    }

    @Test
    void facts_do_not_grow_without_bound() {
        Map<String, String> long_ = Map.of("a", "b".repeat(Facts.LONGEST));

        assertThatThrownBy(() -> Facts.of(long_))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(String.valueOf(Facts.LONGEST));
    }

    @Test
    void wrapped_bytes_are_a_copy_and_are_not_printed() {
        byte[] bytes = {1, 2, 3};
        WrappedBytes wrapped = WrappedBytes.of(bytes);
        bytes[0] = 9;
        wrapped.bytes()[1] = 9;

        assertThat(wrapped).isEqualTo(WrappedBytes.of(new byte[] {1, 2, 3})).hasToString("3 wrapped bytes");
    }

    @Test
    void a_pool_of_one_host_names_the_hosts_cluster_too() {
        assertThatThrownBy(() -> new PoolRecord.Reach(
                        RecordId.random(), Optional.empty(), Optional.of(new RecordId<HostRecord>("h1"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("h1");
    }

    @Test
    void a_child_is_missed_look_by_look_and_an_identity_or_a_uuid_that_is_not_told_does_not_go() {
        RecordId<PoolRecord> parent = RecordId.random();
        PoolRecord.Membership seen = PoolRecord.Membership.of(parent);
        PoolRecord pool = PoolRecord.named(
                        "p",
                        new PoolRecord.Reach(RecordId.random(), Optional.empty(), Optional.empty()),
                        "nfs",
                        Facts.NONE,
                        Instant.EPOCH)
                .identifiedBy(Optional.of("5f3c"))
                .below(Optional.of(seen));
        DiskUuid uuid = new DiskUuid("6000C29ea7e8269c7d200102030405ff");
        VolumeRecord.Place place =
                VolumeRecord.Place.first(parent, ImageFormat.VMDK).carrying(Optional.of(uuid));

        assertThat(seen.missed().missed().absences()).isEqualTo(2);
        assertThat(seen.missed().parent()).isEqualTo(parent);
        assertThat(pool.identifiedBy(Optional.empty())).isEqualTo(pool);
        assertThat(pool.identifiedBy(Optional.of("other")).identity()).contains("other");
        assertThat(place.carrying(Optional.empty())).isEqualTo(place);
        assertThat(place.broughtTo(RecordId.random()).ofCopy(3).diskUuid()).contains(uuid);
        assertThatThrownBy(() -> new PoolRecord.Membership(parent, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> pool.identifiedBy(Optional.of(""))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "\u00e9"})
    void an_idempotency_key_of_another_form_is_refused_and_named(String key) {
        assertThatThrownBy(() -> new NewOperation("volume.create", key, Facts.NONE, new TreeSet<>()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + key + "'");
    }

    @Test
    void a_destroyed_key_holds_no_bytes_and_names_no_master_key() {
        KeyRecord key = new KeyRecord(
                RecordId.random(),
                1,
                KeyRecord.State.ACTIVE,
                "file/1",
                WrappedBytes.of(new byte[] {1}),
                Instant.EPOCH,
                Optional.empty());

        KeyRecord destroyed = key.retired(Instant.EPOCH.plusSeconds(1)).destroyed();

        assertThat(destroyed.wrapped()).isEqualTo(WrappedBytes.NONE);
        assertThat(destroyed.masterKey()).isEmpty();
        assertThat(destroyed.retiredAt()).contains(Instant.EPOCH.plusSeconds(1));
        assertThat(key.retired(Instant.EPOCH).active()).isEqualTo(key);
    }
}
