package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;

/** Pools with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StoragePoolContractBiteTest extends StorageFaults {

    static Stream<Arguments> faults() {
        return Stream.of(making(), lacking(), naming(), using()).flatMap(each -> each);
    }

    private static Stream<Arguments> making() {
        return Stream.of(
                fault(
                        StorageJudgement.Pool.class,
                        "an_equal_request_gives_the_same_volume_however_often",
                        real -> new PoolRelay(real) {
                            @Override
                            public Volume create(CreateVolume request) throws InterruptedException {
                                if (findNamed(request.name()).isPresent()) {
                                    throw taken(request.name());
                                }
                                return super.create(request);
                            }
                        }),
                fault(
                        StorageJudgement.Pool.class,
                        "a_request_that_differs_is_refused_and_the_volume_stays_as_it_is",
                        real ->
                                new PoolRelay(real) { // the key is not looked at
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        Optional<Volume> present = findNamed(request.name())
                                                .filter(volume -> volume.size().equals(request.size()))
                                                .filter(volume -> volume.format() == request.format())
                                                .filter(volume ->
                                                        volume.attestation().isPresent()
                                                                == request.key().isPresent());
                                        return present.isPresent() ? present.get() : super.create(request);
                                    }
                                }),
                fault(
                        StorageJudgement.Pool.class,
                        "a_volume_is_as_large_as_planned_and_at_least_as_large_as_asked_for",
                        real -> new PoolRelay(real) {
                            @Override
                            public VolumePlan plan(CreateVolume request) {
                                return VolumePlan.exactly(request.size());
                            }
                        }),
                fault(
                        StorageJudgement.Pool.class,
                        "an_encrypted_volume_proves_it_and_a_key_is_lent",
                        real ->
                                new PoolRelay(real) { // in clear, and no error anywhere
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        Volume made = super.create(request);
                                        return Volume.of(made.id(), made.name(), made.size(), made.format());
                                    }
                                }),
                fault(
                        StorageJudgement.Pool.class,
                        "an_encrypted_volume_proves_it_and_a_key_is_lent",
                        real -> new PoolRelay(real) {
                            @Override
                            public Volume create(CreateVolume request) throws InterruptedException {
                                Volume made = super.create(request);
                                request.key().ifPresent(key -> key.close());
                                return made;
                            }
                        }),
                fault(
                        StorageJudgement.Pool.class,
                        "what_does_not_fit_is_refused_and_leaves_nothing",
                        real -> new PoolRelay(real) {
                            @Override
                            public Volume create(CreateVolume request) throws InterruptedException {
                                try {
                                    return super.create(request);
                                } catch (DriverException e) {
                                    if (e.failure() == Failure.EXHAUSTED) {
                                        super.create(CreateVolume.blank(request.name(), ByteSize.mebibytes(1)));
                                    }
                                    throw e;
                                }
                            }
                        }));
    }

    /** Pools that leave headers to an end point. */
    private static Stream<Arguments> lacking() {
        return Stream.of(
                fault(
                        StorageJudgement.Blocks.class,
                        "an_encrypted_volume_proves_it_and_a_key_is_lent",
                        real ->
                                new PoolRelay(real) { // a proof of a header that nobody has written
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        Volume made = super.create(request);
                                        return request.key().isPresent() ? made.attestedBy("surely") : made;
                                    }
                                }),
                fault(
                        StorageJudgement.Blocks.class,
                        "an_encrypted_volume_proves_it_and_a_key_is_lent",
                        real ->
                                new PoolRelay(real) { // forgets what it is, once it is made
                                    @Override
                                    public Optional<Volume> find(VolumeId id) throws InterruptedException {
                                        return super.find(id)
                                                .map(v -> Volume.of(v.id(), v.name(), v.size(), ImageFormat.RAW));
                                    }
                                }),
                fault(
                        StorageJudgement.Blocks.class,
                        "a_request_that_differs_is_refused_and_the_volume_stays_as_it_is",
                        real ->
                                new PoolRelay(real) { // hands out a plain volume as one that is to be encrypted
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        Optional<Volume> present = findNamed(request.name())
                                                .filter(volume -> volume.size().equals(request.size()));
                                        return present.isPresent()
                                                ? Volume.of(
                                                        present.get().id(),
                                                        request.name(),
                                                        request.size(),
                                                        request.format())
                                                : super.create(request);
                                    }
                                }));
    }

    private static Stream<Arguments> naming() {
        return Stream.of(
                fault(
                        StorageJudgement.Pool.class,
                        "a_name_at_the_limit_is_kept_and_one_beyond_is_refused",
                        real ->
                                new PoolRelay(real) { // cut off, and told as if it were not
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        String name = request.name();
                                        if (name.length() <= InMemoryStorageDriver.LONGEST_NAME) {
                                            return super.create(request);
                                        }
                                        Volume cut =
                                                super.create(CreateVolume.blank(name.substring(0, 31), request.size()));
                                        return Volume.of(cut.id(), name, cut.size(), ImageFormat.RAW);
                                    }
                                }),
                fault(
                        StorageJudgement.Pool.class,
                        "an_odd_name_is_kept_to_the_letter_or_refused",
                        real -> new PoolRelay(real) {
                            @Override
                            public List<Volume> list() throws InterruptedException {
                                return super.list().stream()
                                        .map(v -> Volume.of(v.id(), v.name().replace("/", "_"), v.size(), v.format()))
                                        .toList();
                            }
                        }),
                fault(
                        StorageJudgement.Pool.class,
                        "an_id_of_no_volume_finds_nothing_and_attaches_nothing",
                        real -> new PoolRelay(real) {
                            @Override
                            public Attachment attach(VolumeId id, VolumeUse use) throws InterruptedException {
                                return find(id).isPresent()
                                        ? super.attach(id, use)
                                        : new Attachment.BlockDevice(Path.of("/dev/disk/by-id", "x"));
                            }
                        }),
                fault(
                        StorageJudgement.Pool.class,
                        "removing_may_be_repeated_and_what_never_was_is_gone",
                        real -> new PoolRelay(real) {
                            @Override
                            public void delete(VolumeId id) throws InterruptedException {
                                if (find(id).isEmpty()) {
                                    throw DriverException.because(Failure.NOT_FOUND)
                                            .message("no volume %s", id);
                                }
                                super.delete(id);
                            }
                        }));
    }

    private static Stream<Arguments> using() {
        return Stream.of(
                fault(
                        StorageJudgement.Pool.class,
                        "two_hosts_use_a_volume_only_if_both_said_so",
                        real -> new PoolRelay(real) {
                            @Override
                            public Attachment attach(VolumeId id, VolumeUse use) throws InterruptedException {
                                return super.attach(id, use.shared());
                            }
                        }),
                fault(
                        StorageJudgement.Pool.class,
                        "a_use_that_ends_leaves_the_others_alone",
                        real ->
                                new PoolRelay(real) { // the copy is done, and the machine has lost its disk
                                    @Override
                                    public void detach(VolumeId id, HostId host, VolumeUse.Reason reason)
                                            throws InterruptedException {
                                        for (VolumeUse.Reason each : VolumeUse.Reason.values()) {
                                            super.detach(id, host, each);
                                        }
                                    }
                                }),
                fault(
                        StorageJudgement.Pool.class,
                        "an_attached_volume_is_not_removed_by_anybody",
                        real -> new PoolRelay(real) {
                            @Override
                            public void delete(VolumeId id) throws InterruptedException {
                                for (VolumeUse use : uses(id)) {
                                    detach(id, use.host(), use.reason());
                                }
                                super.delete(id);
                            }
                        }),
                fault(
                        StorageJudgement.Pool.class,
                        "attaching_again_gives_the_same_place",
                        real ->
                                new PoolRelay(real) { // remembered here, and not by the storage
                                    @Override
                                    public Set<VolumeUse> uses(VolumeId id) {
                                        return Set.of();
                                    }
                                }));
    }

    @Test
    void a_report_names_the_driver_and_the_cases() {
        assertThat(new StorageJudgement(reports).of(StorageJudgement.Pool.class, real -> real))
                .isEmpty();

        assertThat(reports.resolve("Pool.json"))
                .content()
                .contains("an_attached_volume_is_not_removed_by_anybody (encrypted)", "in-memory-storage");
    }

    @Override
    List<Class<? extends StorageCases>> contracts() {
        return List.of(StorageJudgement.Pool.class, StorageJudgement.Blocks.class);
    }
}
