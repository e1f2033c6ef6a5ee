package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.TestTemplate;

/**
 * What every pool must do. A plug-in extends this in its own tests and says how to open it; it cannot switch a case off, only waive
 * one, by name and with the reason. What is not offered is tested too: it must be refused.
 */
public abstract non-sealed class StoragePoolContract extends StorageCases {

    private static final List<String> ODD_NAMES =
            List.of("..", "../x", "a/b", "-rf", ".x", "a b", "a,b", "a\nb", "a\u0000b", "größe", "%n", "$(id)");

    /** Made by JUnit. */
    protected StoragePoolContract() {}

    @TestTemplate
    final void an_equal_request_gives_the_same_volume_however_often() throws InterruptedException {
        CreateVolume request = request();
        Volume first = create(request);
        StoragePool second = connection();

        for (int i = 0; i < REPEATS; i++) {
            StoragePool either = i % 2 == 0 ? pool : second;
            assertThat(either.create(request)).isEqualTo(first);
        }
        assertThat(names()).containsOnlyOnce(request.name());
        assertThat(second.findNamed(request.name())).contains(first);
        assertThat(second.find(first.id())).contains(first);
    }

    @TestTemplate
    final void a_request_that_differs_is_refused_and_the_volume_stays_as_it_is() throws InterruptedException {
        String name = unique();
        Volume first = create(request(name, size()));
        CreateVolume plain = CreateVolume.blank(name, size()).as(plainFormat());

        refuses(
                Failure.EXISTS_DIFFERENTLY,
                "another size",
                () -> pool.create(request(name, first.size().plus(size()))));
        if (mode == Mode.ENCRYPTED) {
            refuses(Failure.EXISTS_DIFFERENTLY, "without encryption", () -> pool.create(plain));
        }
        for (ImageFormat format : pool.formats()) {
            if (format != first.format() && isPlainOffered(format)) {
                refuses(Failure.EXISTS_DIFFERENTLY, "as " + format, () -> pool.create(plain.as(format)));
            }
        }
        try (Secret other = Secret.random()) {
            for (ImageFormat format : pool.encryption().formatsWithKey()) {
                CreateVolume locked =
                        CreateVolume.blank(name, size()).as(format).encryptedBy(other);
                if (isToGetHeaders() && format == first.format()) {
                    assertThat(pool.create(locked))
                            .as("its key is none of the pool's")
                            .isEqualTo(first);
                } else {
                    refuses(Failure.EXISTS_DIFFERENTLY, "another key, " + format, () -> pool.create(locked));
                }
            }
        }
        assertThat(pool.find(first.id())).contains(first);
        assertThat(names()).containsOnlyOnce(name);
    }

    private boolean isPlainOffered(ImageFormat format) {
        return format != ImageFormat.LUKS
                && !(format == ImageFormat.QCOW2 && pool.encryption().needsHeader());
    }

    @TestTemplate
    final void a_volume_is_as_large_as_planned_and_at_least_as_large_as_asked_for() throws InterruptedException {
        for (ByteSize wanted : List.of(size(), size().plus(ByteSize.bytes(512)), size().plus(size()))) {
            CreateVolume request = request(unique(), wanted);
            VolumePlan plan = pool.plan(request);
            assertThat(names()).as("a plan makes nothing").doesNotContain(request.name());

            Volume made = create(request);
            assertThat(made.size()).isEqualTo(plan.size()).isGreaterThanOrEqualTo(wanted);
            assertThat(pool.create(request))
                    .as("an equal request for %s", wanted)
                    .isEqualTo(made);
            assertThat(pool.plan(request)).as("a plan for what exists").isEqualTo(plan);
        }
    }

    @TestTemplate
    final void an_encrypted_volume_proves_it_and_a_key_is_lent() throws InterruptedException {
        Volume made = create();

        if (isToGetHeaders()) {
            assertThat(made.attestation()).as("a proof of what is not yet").isEmpty();
            new Headers(pool, underTest()).write(made, HOST, key);
            assertThat(pool.create(request(made.name(), size()))).isEqualTo(made);
            for (ImageFormat format : pool.encryption().formatsWithKey()) {
                Volume other =
                        create(CreateVolume.blank(unique(), size()).as(format).encryptedBy(key));
                assertThat(other.format()).isEqualTo(format);
                new Headers(pool, underTest()).write(other, HOST, key);
            }
        } else {
            assertThat(made.attestation().isPresent() || mode == Mode.PLAIN)
                    .as("a proof")
                    .isTrue();
        }
        if (!pool.encryption().equals(EncryptionSupport.storageNative())) {
            assertThat(made.attestation().isPresent()).isEqualTo(mode == Mode.ENCRYPTED && !isToGetHeaders());
        }
        assertThat(key.use(ByteBuffer::remaining))
                .as("the key is still its owner's")
                .isPositive();
        key.close();
        assertThat(connection().find(made.id())).contains(made);
        assertThat(pool.list()).contains(made);
    }

    @TestTemplate
    final void what_the_pool_does_not_offer_is_refused_and_nothing_is_made() throws InterruptedException {
        CreateVolume plain = CreateVolume.blank(unique(), size());
        for (ImageFormat format : ImageFormat.values()) {
            if (!pool.formats().contains(format)) {
                refuses(Failure.UNSUPPORTED, "as " + format, () -> pool.create(plain.as(format)));
                refuses(Failure.UNSUPPORTED, "a plan as " + format, () -> pool.plan(plain.as(format)));
            }
        }
        if (pool.formats().contains(ImageFormat.LUKS)) {
            refuses(Failure.INVALID_REQUEST, "LUKS without a key", () -> pool.create(plain.as(ImageFormat.LUKS)));
        }
        if (pool.formats().contains(ImageFormat.QCOW2) && pool.encryption().needsHeader()) {
            refuses(Failure.UNSUPPORTED, "an image that nobody makes", () -> pool.create(plain.as(ImageFormat.QCOW2)));
        }
        CreateVolume stored = plain.as(plainFormat());
        if (!pool.encryption().equals(EncryptionSupport.storageNative())) {
            refuses(Failure.UNSUPPORTED, "by the storage", () -> pool.create(stored.encryptedByStorage()));
        }
        assertThat(names()).doesNotContain(plain.name());
    }

    @TestTemplate
    final void a_name_at_the_limit_is_kept_and_one_beyond_is_refused() throws InterruptedException {
        String longest = (unique() + "x".repeat(underTest().longestName()))
                .substring(0, underTest().longestName());

        assertThat(create(request(longest, size())).name()).isEqualTo(longest);
        assertThat(pool.findNamed(longest)).isPresent();
        CreateVolume beyond = request(longest + "y", size());
        removeLater(beyond.name());
        refuses(Failure.INVALID_REQUEST, "a name beyond the limit", () -> pool.create(beyond));
        refuses(Failure.INVALID_REQUEST, "a plan beyond the limit", () -> pool.plan(beyond));
        refuses(Failure.INVALID_REQUEST, "no name", () -> pool.create(request("", size())));
        assertThat(names()).contains(longest).doesNotContain(beyond.name(), "");
    }

    @TestTemplate
    final void an_odd_name_is_kept_to_the_letter_or_refused() throws InterruptedException {
        for (String name : ODD_NAMES) {
            removeLater(name);
            try {
                Volume made = pool.create(request(name, size()));
                assertThat(made.name()).isEqualTo(name);
                assertThat(pool.findNamed(name)).as("'%s'", name).contains(made);
            } catch (DriverException e) {
                assertThat(e.failure()).as(e.toString()).isEqualTo(Failure.INVALID_REQUEST);
                assertThat(pool.findNamed(name)).as("'%s'", name).isEmpty();
            }
        }
    }

    @TestTemplate
    final void removing_may_be_repeated_and_what_never_was_is_gone() throws InterruptedException {
        Volume kept = create();
        Volume doomed = create();

        for (int i = 0; i < REPEATS; i++) {
            pool.delete(doomed.id());
            assertThat(pool.find(doomed.id())).isEmpty();
        }
        for (VolumeId foreign : foreignIds()) {
            pool.delete(foreign);
        }
        assertThat(connection().find(doomed.id())).isEmpty();
        assertThat(names()).contains(kept.name()).doesNotContain(doomed.name());
    }

    @TestTemplate
    final void an_id_of_no_volume_finds_nothing_and_attaches_nothing() throws InterruptedException {
        for (VolumeId foreign : foreignIds()) {
            assertThat(pool.find(foreign)).as("%s", foreign).isEmpty();
            assertThat(pool.uses(foreign)).as("%s", foreign).isEmpty();
            refuses(Failure.NOT_FOUND, "attaching " + foreign, () -> pool.attach(foreign, HOST));
            pool.detach(foreign, HOST);
            assertThat(pool.uses(foreign)).as("%s", foreign).isEmpty();
        }
    }

    @TestTemplate
    final void attaching_again_gives_the_same_place() throws InterruptedException {
        VolumeId volume = create().id();
        Attachment place = pool.attach(volume, HOST);
        StoragePool second = connection();

        for (int i = 0; i < REPEATS; i++) {
            assertThat(pool.attach(volume, HOST)).isEqualTo(place);
            assertThat(second.attach(volume, HOST)).isEqualTo(place);
        }
        assertThat(second.uses(volume)).containsExactly(VolumeUse.by(HOST));
    }

    @TestTemplate
    final void two_hosts_use_a_volume_only_if_both_said_so() throws InterruptedException {
        VolumeId volume = create().id();
        VolumeUse here = VolumeUse.by(HOST);
        VolumeUse there = VolumeUse.by(OTHER_HOST).because(Reason.MIGRATION);
        pool.attach(volume, here);

        refusesNaming(HOST, () -> pool.attach(volume, there));
        refusesNaming(HOST, () -> pool.attach(volume, there.shared()));
        assertThat(pool.uses(volume)).containsExactly(here);
        pool.attach(volume, here.shared());
        refusesNaming(HOST, () -> pool.attach(volume, there));
        pool.attach(volume, there.shared());
        refusesNaming(OTHER_HOST, () -> pool.attach(volume, here));
        assertThat(connection().uses(volume)).containsExactlyInAnyOrder(here.shared(), there.shared());
        pool.detach(volume, HOST);
        pool.attach(volume, there);
        assertThat(pool.uses(volume)).containsExactly(there);
    }

    @TestTemplate
    final void a_use_that_ends_leaves_the_others_alone() throws InterruptedException {
        VolumeId volume = create().id();
        VolumeUse machine = VolumeUse.by(HOST);
        VolumeUse copy = machine.because(Reason.COPY);

        assertThat(pool.attach(volume, machine)).isEqualTo(pool.attach(volume, copy));
        StoragePool second = connection();
        for (int i = 0; i < REPEATS; i++) {
            pool.detach(volume, HOST, Reason.COPY);
            assertThat(second.uses(volume)).containsExactly(machine);
        }
        pool.detach(volume, OTHER_HOST);
        assertThat(pool.uses(volume)).containsExactly(machine);
        pool.detach(volume, HOST);
        assertThat(pool.uses(volume)).isEmpty();
        pool.attach(volume, VolumeUse.by(OTHER_HOST));
    }

    @TestTemplate
    final void an_attached_volume_is_not_removed_by_anybody() throws InterruptedException {
        Volume volume = create();
        pool.attach(volume.id(), VolumeUse.by(HOST).because(Reason.COPY));

        refusesNaming(HOST, () -> pool.delete(volume.id()));
        refusesNaming(HOST, () -> connection().delete(volume.id()));
        assertThat(pool.find(volume.id())).contains(volume);
        pool.detach(volume.id(), HOST, Reason.COPY);
        pool.delete(volume.id());
        assertThat(pool.find(volume.id())).isEmpty();
    }

    @TestTemplate
    final void statistics_count_what_is_provisioned() throws InterruptedException {
        PoolStatistics before = pool.statistics();
        Volume volume = create();
        PoolStatistics with = pool.statistics();
        pool.delete(volume.id());

        assertThat(with.provisioned()).isEqualTo(before.provisioned().plus(volume.size()));
        assertThat(pool.statistics().provisioned()).isEqualTo(before.provisioned());
        assertThat(before.capacity()).isGreaterThan(ByteSize.ZERO);
    }

    @TestTemplate
    final void what_does_not_fit_is_refused_and_leaves_nothing() throws InterruptedException {
        Optional<ByteSize> tooLarge = underTest().tooLarge();
        PoolStatistics before = pool.statistics();
        if (tooLarge.isPresent()) {
            CreateVolume request = request(unique(), tooLarge.get());
            removeLater(request.name());
            refuses(Failure.EXHAUSTED, () -> pool.create(request));
            assertThat(names()).doesNotContain(request.name());
        }
        assertThat(pool.statistics().provisioned()).isEqualTo(before.provisioned());
        assertThat(create().size()).as("what fits").isGreaterThanOrEqualTo(size());
    }

    @TestTemplate
    final void volumes_outlive_their_connection() throws InterruptedException {
        StoragePool first = connection();
        Volume volume = create();
        first.close();
        first.close();

        assertThat(connection().list()).contains(volume);
    }

    @TestTemplate
    final void a_facet_is_there_exactly_when_it_is_offered() {
        assertThat(pool.snapshots().isPresent()).isEqualTo(offers(PoolFeature.SNAPSHOTS));
        assertThat(pool.snapshotGroups().isPresent()).isEqualTo(offers(PoolFeature.SNAPSHOT_GROUPS));
        assertThat(pool.renaming().isPresent()).isEqualTo(offers(PoolFeature.RENAMING));
        assertThat(pool.growth().isPresent()).isEqualTo(offers(PoolFeature.GROWTH));
        assertThat(pool.clones().isPresent()).isEqualTo(offers(PoolFeature.CLONES));
        assertThat(pool.templates().isPresent()).isEqualTo(offers(PoolFeature.TEMPLATES));
        assertThat(pool.limits().isPresent()).isEqualTo(offers(PoolFeature.LIMITS));
        assertThat(pool.migration().isPresent()).isEqualTo(offers(PoolFeature.MIGRATION));
    }

    private static void refusesNaming(HostId host, Call call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call::make)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.IN_USE))
                .withMessageContaining(host.value());
    }
}
