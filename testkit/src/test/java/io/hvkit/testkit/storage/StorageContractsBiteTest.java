package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeFromTemplate;
import io.hvkit.storage.spi.VolumeLimits;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Storage drivers with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StorageContractsBiteTest {

    @TempDir
    private Path reports;

    static Stream<Arguments> faults() {
        return Stream.of(
                        making(),
                        lacking(),
                        naming(),
                        using(),
                        facets(),
                        templates(),
                        moving(),
                        losing(),
                        parents(),
                        followed())
                .flatMap(each -> each);
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

    private static Stream<Arguments> facets() {
        return Stream.of(
                fault(
                        StorageJudgement.Snapshotter.class,
                        "taking_again_gives_the_snapshot_as_it_was_taken",
                        real -> new Snapping(real) {
                            @Override
                            public Snapshot take(VolumeId volume, String name) throws InterruptedException {
                                for (Snapshot old : list(volume)) {
                                    if (old.name().equals(name)) {
                                        delete(old.id());
                                    }
                                }
                                return super.take(volume, name);
                            }
                        }),
                fault(
                        StorageJudgement.Snapshotter.class,
                        "an_attached_volume_is_not_reverted",
                        real -> new Snapping(real) {
                            @Override
                            public Volume revert(SnapshotId id) throws InterruptedException {
                                VolumeId volume = find(id).orElseThrow().volume();
                                for (VolumeUse use : uses(volume)) {
                                    detach(volume, use.host(), use.reason());
                                }
                                return super.revert(id);
                            }
                        }),
                fault(
                        StorageJudgement.Snapshotter.class,
                        "a_volume_with_snapshots_is_not_removed",
                        real -> new Snapping(real) {
                            @Override
                            public void delete(VolumeId id) throws InterruptedException {
                                for (Snapshot each : list(id)) {
                                    delete(each.id());
                                }
                                super.delete(id);
                            }
                        }),
                fault(
                        StorageJudgement.Grower.class,
                        "growing_again_changes_nothing_more",
                        real ->
                                new PoolRelay(real) { // by as much more, not to as much
                                    @Override
                                    public Optional<Growth> growth() {
                                        Growth growth = real.growth().orElseThrow();
                                        return Optional.of((id, size) -> growth.growTo(
                                                id,
                                                find(id).map(v -> v.size().plus(ByteSize.mebibytes(1)))
                                                        .orElse(size)));
                                    }
                                }),
                fault(
                        StorageJudgement.Grower.class,
                        "what_is_on_a_volume_stays_when_it_grows",
                        real ->
                                new PoolRelay(real) { // what was on it is lost
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        Volume made = super.create(request);
                                        real.snapshots().orElseThrow().take(made.id(), "blank");
                                        return made;
                                    }

                                    @Override
                                    public Optional<Growth> growth() {
                                        Snapshots snapshots = real.snapshots().orElseThrow();
                                        Growth growth = real.growth().orElseThrow();
                                        return Optional.of((id, size) -> {
                                            for (Snapshot blank : snapshots.list(id)) {
                                                snapshots.revert(blank.id());
                                            }
                                            return growth.growTo(id, size);
                                        });
                                    }
                                }),
                fault(
                        StorageJudgement.Cloner.class,
                        "an_attached_source_is_cloned_if_that_is_offered_and_only_then",
                        real ->
                                new PoolRelay(real) { // said to be offered
                                    @Override
                                    public Optional<Clones> clones() {
                                        Clones clones = real.clones().orElseThrow();
                                        return Optional.of(request -> {
                                            VolumeId source =
                                                    request.source().match(of -> of.id(), of -> new VolumeId("none"));
                                            if (!uses(source).isEmpty()) {
                                                throw DriverException.because(Failure.IN_USE)
                                                        .message("volume %s is attached", source);
                                            }
                                            return clones.create(request);
                                        });
                                    }
                                }),
                fault(
                        StorageJudgement.Cloner.class,
                        "a_linked_clone_keeps_what_it_was_made_with_whatever_becomes_of_its_source",
                        real ->
                                new PoolRelay(real) { // the very bytes of its source
                                    @Override
                                    public Optional<Clones> clones() {
                                        Clones clones = real.clones().orElseThrow();
                                        return Optional.of(request -> {
                                            Volume made = clones.create(request);
                                            VolumeId source = request.source().match(of -> of.id(), of -> made.id());
                                            return request.depth() == CloneVolume.Depth.LINKED
                                                    ? Volume.of(source, made.name(), made.size(), made.format())
                                                    : made;
                                        });
                                    }
                                }),
                fault(
                        StorageJudgement.Cloner.class,
                        "a_name_that_is_taken_is_refused_and_nothing_is_overwritten",
                        real -> new PoolRelay(real) {
                            @Override
                            public Optional<Clones> clones() {
                                Clones clones = real.clones().orElseThrow();
                                return Optional.of(request -> {
                                    Optional<Volume> present = findNamed(request.name());
                                    return present.isPresent() ? present.get() : clones.create(request);
                                });
                            }
                        }),
                fault(StorageJudgement.Cloner.class, "a_full_clone_outlives_its_source", real -> new PoolRelay(real) {
                    @Override
                    public Optional<Clones> clones() {
                        Clones clones = real.clones().orElseThrow();
                        return Optional.of(request -> clones.create(
                                new CloneVolume(request.source(), request.name(), CloneVolume.Depth.LINKED)));
                    }
                }),
                fault(
                        StorageJudgement.Limiter.class,
                        "new_limits_take_the_place_of_all_old_ones",
                        real ->
                                new PoolRelay(real) { // nothing asked for is nothing changed
                                    @Override
                                    public Optional<Limits> limits() {
                                        return Optional.of(
                                                new Keeping(real.limits().orElseThrow()));
                                    }
                                }));
    }

    private static Stream<Arguments> templates() {
        return Stream.of(
                templateFault(
                        "a_volume_begins_with_what_is_on_its_template_and_goes_its_own_way",
                        (real, request) -> real.create(request.volume())), // blank
                templateFault("equal_requests_give_the_same_template_and_the_same_volume", (real, request) -> {
                    if (real.findNamed(request.volume().name()).isPresent()) {
                        throw taken(request.volume().name());
                    }
                    return real.templates().orElseThrow().create(request);
                }),
                templateFault("a_name_that_is_taken_is_refused_and_nothing_is_overwritten", (real, request) -> {
                    Optional<Volume> present = real.findNamed(request.volume().name());
                    return present.isPresent()
                            ? present.get()
                            : real.templates().orElseThrow().create(request);
                }),
                templateFault(
                        "what_cannot_be_made_of_a_template_is_refused_and_nothing_is_made",
                        (real, request) -> { // though a machine writes to it
                            for (VolumeUse use : real.uses(request.template())) {
                                real.detach(request.template(), use.host(), use.reason());
                            }
                            return real.templates().orElseThrow().create(request);
                        }),
                templateFault(
                        "a_linked_volume_keeps_its_template_or_is_refused",
                        (real, request) -> real.templates()
                                .orElseThrow()
                                .create(VolumeFromTemplate.of(request.template(), request.volume()))),
                fault(
                        StorageJudgement.Templater.class,
                        "an_image_that_is_not_what_it_is_said_to_be_is_refused_and_nothing_is_kept",
                        real -> new PoolRelay(real) {
                            @Override
                            public Optional<Templates> templates() {
                                return Optional.of(new Keeper(real));
                            }
                        }));
    }

    /** Makes volumes of templates in its own way. */
    @FunctionalInterface
    private interface Maker {
        Volume make(StoragePool real, VolumeFromTemplate request) throws InterruptedException;
    }

    private static Arguments templateFault(String caughtBy, Maker maker) {
        return fault(StorageJudgement.Templater.class, caughtBy, real -> new PoolRelay(real) {
            @Override
            public Optional<Templates> templates() {
                Templates templates = real.templates().orElseThrow();
                return Optional.of(new Templates() {
                    @Override
                    public Volume add(AddTemplate request) throws InterruptedException {
                        return templates.add(request);
                    }

                    @Override
                    public Volume create(VolumeFromTemplate request) throws InterruptedException {
                        return maker.make(real, request);
                    }
                });
            }
        });
    }

    /** Believes what it is told of images. */
    private record Keeper(StoragePool real) implements Templates {

        @Override
        public Volume add(AddTemplate request) throws InterruptedException {
            try {
                return real.templates().orElseThrow().add(request);
            } catch (DriverException e) {
                if (String.valueOf(e.getMessage()).contains("not as declared")) {
                    return real.create(CreateVolume.blank(request.name(), ByteSize.mebibytes(1)));
                }
                throw e;
            }
        }

        @Override
        public Volume create(VolumeFromTemplate request) throws InterruptedException {
            return real.templates().orElseThrow().create(request);
        }
    }

    private static Stream<Arguments> moving() {
        return Stream.of(
                fault(
                        StorageJudgement.Mover.class,
                        "an_equal_request_confirms_the_move",
                        real -> new Moves(real) {
                            @Override
                            public PoolMigrationJob start(VolumeId volume, StoragePool target)
                                    throws InterruptedException {
                                if (real.find(volume).isEmpty()) {
                                    throw DriverException.because(Failure.NOT_FOUND)
                                            .message("no volume %s", volume);
                                }
                                return super.start(volume, target);
                            }
                        }.of(real)),
                fault(
                        StorageJudgement.Mover.class,
                        "a_move_rests_is_found_by_others_and_goes_on",
                        real -> new Moves(real) {
                            @Override
                            public Optional<PoolMigrationJob> find(VolumeId volume) {
                                return Optional.empty();
                            }
                        }.of(real)));
    }

    private static Stream<Arguments> losing() {
        return Stream.of(
                fault(
                        StorageJudgement.Loser.class,
                        "a_volume_whose_making_got_lost_is_found_by_its_name_and_made_once",
                        real ->
                                new PoolRelay(real) { // surely nothing was done
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        try {
                                            return super.create(request);
                                        } catch (DriverException e) {
                                            throw DriverException.because(e.failure())
                                                    .effect(Effect.NOT_APPLIED)
                                                    .message("not made");
                                        }
                                    }
                                }),
                fault(
                        StorageJudgement.Loser.class,
                        "a_question_is_unreachable_and_did_nothing",
                        real ->
                                new PoolRelay(real) { // no answer is taken for none
                                    @Override
                                    public Set<VolumeUse> uses(VolumeId id) throws InterruptedException {
                                        try {
                                            return super.uses(id);
                                        } catch (DriverException e) {
                                            return Set.of();
                                        }
                                    }
                                }));
    }

    private static Stream<Arguments> parents() {
        return Stream.of(
                fault(
                        StorageJudgement.Cluster.class,
                        "a_child_is_opened_as_it_is_told_and_is_what_was_told_under_whatever_id",
                        real ->
                                new PoolRelay(real) { // another spelling than the one in which children are told
                                    @Override
                                    public Optional<String> identity() throws InterruptedException {
                                        return super.identity().map(identity -> identity.replace("-", ""));
                                    }
                                }),
                fault(
                        StorageJudgement.Cluster.class,
                        "a_child_is_opened_as_it_is_told_and_is_what_was_told_under_whatever_id",
                        real ->
                                new PoolRelay(real) { // of the id under which it was opened
                                    @Override
                                    public Optional<String> identity() {
                                        return Optional.of(real.id().value());
                                    }
                                }),
                fault(
                        StorageJudgement.Cluster.class,
                        "a_child_in_maintenance_is_told_with_that_and_stays_the_same_child",
                        real -> looking(real, PoolChild::isWell)),
                fault(
                        StorageJudgement.Cluster.class,
                        "children_are_told_each_once_the_same_whoever_looks_and_however_often",
                        real -> looking(real, child -> child.name().equals("one"))),
                fault(
                        StorageJudgement.Cluster.class,
                        "it_is_as_large_as_its_children_and_makes_no_volumes_itself",
                        real -> new PoolRelay(real) {
                            @Override
                            public PoolStatistics statistics() throws InterruptedException {
                                PoolStatistics once = super.statistics();
                                return type().equals(InMemoryStorageDriver.CABINET)
                                        ? new PoolStatistics(
                                                once.capacity().plus(once.capacity()), once.used(), once.provisioned())
                                        : once;
                            }
                        }));
    }

    /** A cabinet that tells of some of its children only. */
    private static StoragePool looking(StoragePool real, Predicate<PoolChild> told) {
        return new PoolRelay(real) {
            @Override
            public Optional<PoolCluster> cluster() {
                return super.cluster().map(cluster -> () -> {
                    ClusterSight all = cluster.look();
                    return new ClusterSight(
                            all.name(), all.children().stream().filter(told).toList(), all.nameless(), all.elsewhere());
                });
            }
        };
    }

    private static Stream<Arguments> followed() {
        return Stream.of(
                fault(
                        StorageJudgement.Adopter.class,
                        "a_volume_that_was_moved_is_found_used_and_told_where_it_is",
                        real ->
                                new PoolRelay(real) { // as if it were where it belongs
                                    @Override
                                    public Optional<Volume> find(VolumeId id) throws InterruptedException {
                                        return super.find(id)
                                                .map(volume -> Volume.of(
                                                                volume.id(),
                                                                volume.name(),
                                                                volume.size(),
                                                                volume.format())
                                                        .carrying(volume.diskUuid()
                                                                .orElseThrow()));
                                    }
                                }),
                fault(
                        StorageJudgement.Adopter.class,
                        "it_is_taken_over_once_and_keeps_what_it_is_and_who_uses_it",
                        real -> adopting(real, (volume, from) -> {
                            for (VolumeUse use : from.uses(volume)) {
                                from.detach(volume, use.host(), use.reason());
                            }
                            return real.adoption().orElseThrow().adopt(volume, from);
                        })),
                fault(
                        StorageJudgement.Adopter.class,
                        "it_is_taken_over_once_and_keeps_what_it_is_and_who_uses_it",
                        real -> adopting(real, (volume, from) -> {
                            if (from.find(volume).isEmpty()) {
                                throw DriverException.because(Failure.NOT_FOUND).message("no volume %s", volume);
                            }
                            return real.adoption().orElseThrow().adopt(volume, from);
                        })),
                fault(
                        StorageJudgement.Adopter.class,
                        "one_that_lies_where_it_belongs_and_one_that_is_not_there_are_refused",
                        real -> adopting(
                                real,
                                (volume, from) -> from.find(volume)
                                                .filter(found -> found.liesIn().isEmpty())
                                                .isPresent()
                                        ? from.find(volume).orElseThrow()
                                        : real.adoption().orElseThrow().adopt(volume, from))));
    }

    private static StoragePool adopting(StoragePool real, Adoption adoption) {
        return new PoolRelay(real) {
            @Override
            public Optional<Adoption> adoption() {
                return real.adoption()
                        .map(any -> (volume, from) ->
                                adoption.adopt(volume, from instanceof PoolRelay relay ? relay.real : from));
            }
        };
    }

    private static Arguments fault(
            Class<? extends StorageCases> contract, String name, UnaryOperator<StoragePool> fault) {
        return Arguments.of(contract, name, fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(
            Class<? extends StorageCases> contract, String name, UnaryOperator<StoragePool> fault) {
        assertThat(new StorageJudgement(reports).of(contract, fault, name)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        Stream.of(
                        StorageJudgement.Pool.class,
                        StorageJudgement.Snapshotter.class,
                        StorageJudgement.Grower.class,
                        StorageJudgement.Cloner.class,
                        StorageJudgement.Templater.class,
                        StorageJudgement.Limiter.class,
                        StorageJudgement.Mover.class,
                        StorageJudgement.Blocks.class,
                        StorageJudgement.Loser.class,
                        StorageJudgement.Cluster.class,
                        StorageJudgement.Adopter.class)
                .forEach(contract -> assertThat(new StorageJudgement(reports).of(contract, real -> real))
                        .isEmpty());
        assertThat(reports.resolve("Pool.json"))
                .content()
                .contains("an_attached_volume_is_not_removed_by_anybody (encrypted)", "in-memory-storage");
    }

    private static DriverException taken(String name) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY).message("there is a volume %s", name);
    }

    /** A pool that does one thing of snapshots wrong. */
    private static class Snapping extends PoolRelay implements Snapshots {

        private final Snapshots snapshots;

        Snapping(StoragePool real) {
            super(real);
            this.snapshots = real.snapshots().orElseThrow();
        }

        @Override
        public Optional<Snapshots> snapshots() {
            return Optional.of(this);
        }

        @Override
        public Snapshot take(VolumeId volume, String name) throws InterruptedException {
            return snapshots.take(volume, name);
        }

        @Override
        public Optional<Snapshot> find(SnapshotId id) throws InterruptedException {
            return snapshots.find(id);
        }

        @Override
        public List<Snapshot> list(VolumeId volume) throws InterruptedException {
            return snapshots.list(volume);
        }

        @Override
        public Volume revert(SnapshotId id) throws InterruptedException {
            return snapshots.revert(id);
        }

        @Override
        public void delete(SnapshotId id) throws InterruptedException {
            snapshots.delete(id);
        }
    }

    private record Keeping(Limits limits) implements Limits {

        @Override
        public VolumeLimits set(VolumeId volume, VolumeLimits wanted) throws InterruptedException {
            VolumeLimits old = limits.of(volume);
            return limits.set(
                    volume,
                    new VolumeLimits(
                            wanted.iops().isPresent() ? wanted.iops() : old.iops(),
                            wanted.bandwidth().or(old::bandwidth)));
        }

        @Override
        public VolumeLimits of(VolumeId volume) throws InterruptedException {
            return limits.of(volume);
        }
    }

    /** Does one thing of moves wrong. */
    private static class Moves implements PoolMigration {

        private final PoolMigration migration;

        Moves(StoragePool real) {
            this.migration = real.migration().orElseThrow();
        }

        StoragePool of(StoragePool real) {
            return new PoolRelay(real) {
                @Override
                public Optional<PoolMigration> migration() {
                    return Optional.of(Moves.this);
                }
            };
        }

        @Override
        public boolean reaches(StoragePool target) {
            return migration.reaches(target instanceof PoolRelay relay ? relay.real : target);
        }

        @Override
        public PoolMigrationJob start(VolumeId volume, StoragePool target) throws InterruptedException {
            return migration.start(volume, target instanceof PoolRelay relay ? relay.real : target);
        }

        @Override
        public Optional<PoolMigrationJob> find(VolumeId volume) throws InterruptedException {
            return migration.find(volume);
        }
    }
}
