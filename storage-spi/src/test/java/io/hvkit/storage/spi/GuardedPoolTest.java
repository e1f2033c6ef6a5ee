package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.PluginBoundary;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What reaches a driver, and what of its answers reaches a caller. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuardedPoolTest {

    private static final StoragePoolType TYPE = StoragePoolType.named("small", "Small");
    private static final PoolId POOL = new PoolId("p");
    private static final VolumeId VOLUME = new VolumeId("v");
    private static final HostId HOST = new HostId("h");
    private static final ByteSize SIZE = ByteSize.mebibytes(1);
    private static final CreateVolume REQUEST = CreateVolume.blank("v", SIZE);

    private final Secret key = Secret.random();

    @AfterEach
    void wipe() {
        key.close();
    }

    /** Keeps encrypted volumes too. */
    private static class Encrypting extends SmallPool {

        private final EncryptionSupport encryption;

        Encrypting(EncryptionSupport encryption) {
            super(POOL, TYPE);
            this.encryption = encryption;
        }

        @Override
        public Set<ImageFormat> formats() {
            return Set.of(ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS);
        }

        @Override
        public EncryptionSupport encryption() {
            return encryption;
        }
    }

    /** Says that it offers everything. */
    private static class Boasting extends SmallPool {

        Boasting() {
            super(POOL, TYPE);
        }

        @Override
        public Features<PoolFeature> features() {
            Features<PoolFeature> all = Features.none(PoolFeature.class);
            for (PoolFeature feature : PoolFeature.values()) {
                boolean isOfParents = feature == PoolFeature.CLUSTER;
                all = isOfParents ? all : all.with(feature, Support.NATIVE);
            }
            return all;
        }
    }

    @Test
    void what_a_pool_does_not_offer_is_refused_before_its_driver_sees_it() {
        SmallPool bare = new SmallPool(POOL, TYPE);
        StoragePool guarded = guard(bare);

        refuses(Failure.UNSUPPORTED, "keeps volumes as [RAW]", () -> guarded.create(REQUEST.as(ImageFormat.VMDK)));
        refuses(Failure.UNSUPPORTED, "keeps volumes as [RAW]", () -> guarded.create(REQUEST.as(ImageFormat.QCOW2)));
        refuses(Failure.UNSUPPORTED, "encrypts volumes so: [none]", () -> guarded.create(REQUEST.encryptedBy(key)));
        refuses(Failure.UNSUPPORTED, "encrypts volumes so: [none]", () -> guarded.create(REQUEST.encryptedByStorage()));
        refuses(Failure.UNSUPPORTED, "keeps volumes as [RAW]", () -> guarded.plan(REQUEST.as(ImageFormat.QCOW2)));
        assertThat(guarded.snapshots()).isEmpty();
        assertThat(guarded.growth()).isEmpty();
        assertThat(guarded.clones()).isEmpty();
        assertThat(guarded.limits()).isEmpty();
        assertThat(guarded.migration()).isEmpty();
        assertThat(bare.calls).isZero();
    }

    @Test
    void who_asks_for_encryption_in_vain_is_told_the_reason_and_the_way_out() {
        SmallPool plain = new SmallPool(POOL, TYPE) {
            @Override
            public Optional<String> encryptionAdvice() {
                return Optional.of("it opens no LUKS; take another pool");
            }
        };

        refuses(Failure.UNSUPPORTED, "take another pool", () -> guard(plain).create(REQUEST.encryptedBy(key)));
        refuses(Failure.UNSUPPORTED, "take another pool", () -> guard(plain).plan(REQUEST.encryptedByStorage()));
        assertThat(plain.calls).isZero();
    }

    @Test
    void who_encrypts_is_what_the_open_pool_says_and_not_both_at_once() {
        StoragePool byKey = guard(new Encrypting(EncryptionSupport.hypervisorLuks()));
        StoragePool byStorage = guard(new Encrypting(EncryptionSupport.storageNative()));

        refuses(Failure.UNSUPPORTED, "QCOW2: [LUKS1]", () -> byKey.create(REQUEST.encryptedByStorage()));
        refuses(Failure.UNSUPPORTED, "[by the storage]", () -> byStorage.create(REQUEST.encryptedBy(key)));
        refuses(Failure.INVALID_REQUEST, "a LUKS volume needs a key", () -> byKey.create(REQUEST.as(ImageFormat.LUKS)));
    }

    @Test
    void a_wiped_key_is_the_callers_fault() {
        Encrypting pool = new Encrypting(EncryptionSupport.hypervisorLuks());
        CreateVolume request = REQUEST.encryptedBy(key);
        key.close();

        refuses(
                Failure.INVALID_REQUEST,
                "the key of volume v is wiped",
                () -> guard(pool).create(request));
        assertThat(pool.calls).isZero();
    }

    static Stream<Arguments> wrongAnswers() {
        return Stream.of(
                wrong("smaller", made -> Volume.of(made.id(), made.name(), ByteSize.bytes(512), made.format())),
                wrong("named otherwise", made -> Volume.of(made.id(), "w", made.size(), made.format())),
                wrong("in another format", made -> Volume.of(made.id(), made.name(), made.size(), ImageFormat.QCOW2)),
                wrong("in clear", made -> made));
    }

    private static Arguments wrong(String how, UnaryOperator<Volume> answer) {
        return Arguments.of(how, answer);
    }

    @ParameterizedTest
    @MethodSource("wrongAnswers")
    void a_volume_that_is_not_as_asked_for_is_handed_to_nobody_and_deleted_by_nobody(
            String how, UnaryOperator<Volume> answer) {
        SmallPool pool = new Encrypting(EncryptionSupport.hypervisorLuks()) {
            @Override
            public Volume create(CreateVolume request) throws InterruptedException {
                return answer.apply(super.create(request));
            }
        };

        assertThatExceptionOfType(DriverException.class)
                .as(how)
                .isThrownBy(() -> guard(pool).create(REQUEST.encryptedBy(key)))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN))
                .withMessageContaining("left as it is");
        assertThat(pool.calls).as("create, and no delete").isEqualTo(1);
    }

    @Test
    void a_pool_whose_headers_an_end_point_writes_proves_nothing_at_first() throws InterruptedException {
        EncryptionSupport byEndPoint = EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.LUKS)
                .withHeaderBy(HeaderWriter.END_POINT);
        SmallPool pool = new Encrypting(byEndPoint) {
            @Override
            public Volume create(CreateVolume request) throws InterruptedException {
                Volume made = super.create(request);
                return Volume.of(made.id(), made.name(), made.size(), made.format());
            }
        };

        Volume made = guard(pool).create(REQUEST.encryptedBy(key));

        assertThat(byEndPoint.needsHeader()).isTrue();
        assertThat(made.attestation()).isEmpty();
        assertThat(made.format()).isEqualTo(ImageFormat.LUKS);
    }

    @Test
    void a_plan_below_the_request_is_a_defect() {
        StoragePool pool = guard(new SmallPool(POOL, TYPE) {
            @Override
            public VolumePlan plan(CreateVolume request) {
                return VolumePlan.exactly(ByteSize.bytes(512));
            }
        });

        defect("it plans", () -> pool.plan(REQUEST));
    }

    @Test
    void a_feature_without_its_facet_is_a_defect() {
        StoragePool pool = guard(new Boasting());

        defect("offers SNAPSHOTS and has no snapshots", pool::snapshots);
        defect("offers GROWTH and has no growth", pool::growth);
        defect("offers CLONES and has no clones", pool::clones);
        defect("offers TEMPLATES and has no templates", pool::templates);
        defect("offers LIMITS and has no limits", pool::limits);
        defect("offers MIGRATION and has no migration", pool::migration);
        defect("offers ADOPTION and has no adoption", pool::adoption);
    }

    @Test
    void exceptions_of_other_kinds_nulls_and_tricks_are_told_as_defects_and_interruptions_are_not() {
        StoragePool pool = guard(new SmallPool(POOL, TYPE) {
            @Override
            public Optional<Volume> find(VolumeId volume) {
                throw new IllegalStateException("no connection");
            }

            @Override
            public List<Volume> list() {
                return SmallPoolDriver.nothing();
            }

            @Override
            public void delete(VolumeId volume) {
                throw new NoClassDefFoundError("com/acme/Gone");
            }

            @Override
            public Attachment attach(VolumeId volume, VolumeUse use) {
                throw DriverException.because(Failure.IN_USE).message("host x uses it");
            }

            @Override
            public Set<VolumeUse> uses(VolumeId volume) throws InterruptedException {
                throw new InterruptedException();
            }
        });

        defect("in find: java.lang.IllegalStateException: no connection", () -> pool.find(VOLUME));
        defect("list returned null", pool::list);
        defect("in delete: java.lang.NoClassDefFoundError", () -> pool.delete(VOLUME));
        refuses(Failure.IN_USE, "host x uses it", () -> pool.attach(VOLUME, HOST));
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> pool.uses(VOLUME));
    }

    @Test
    void the_short_forms_are_uses_by_a_machine_alone() throws InterruptedException {
        StoragePool pool = guard(new SmallPool(POOL, TYPE));

        assertThat(pool.attach(VOLUME, HOST)).isEqualTo(new Attachment.ImageFile(Path.of("/h/MACHINE")));
        assertThat(pool.findNamed("one")).map(Volume::id).contains(new VolumeId("1"));
        assertThat(pool.findNamed("two")).isEmpty();
        assertThat(pool.plan(REQUEST)).isEqualTo(VolumePlan.exactly(SIZE));
    }

    @Test
    void growth_is_checked_on_the_way_in_and_on_the_way_out() throws InterruptedException {
        Growth growth = guard(new Boasting() {
                    @Override
                    public Optional<Growth> growth() {
                        return Optional.of((id, size) -> Volume.of(id, "v", SIZE, ImageFormat.RAW));
                    }
                })
                .growth()
                .orElseThrow();

        assertThat(growth.growTo(VOLUME, SIZE).size()).isEqualTo(SIZE);
        refuses(Failure.INVALID_REQUEST, "512 bytes", () -> growth.growTo(VOLUME, ByteSize.ZERO));
        refuses(Failure.INVALID_REQUEST, "512 bytes", () -> growth.growTo(VOLUME, ByteSize.bytes(513)));
        defect("it was to grow volume v", () -> growth.growTo(VOLUME, ByteSize.mebibytes(2)));
        Secret lent = Secret.random();
        assertThat(growth.growTo(VOLUME, SIZE, lent).size()).isEqualTo(SIZE);
        defect("it was to grow volume v", () -> growth.growTo(VOLUME, ByteSize.mebibytes(2), lent));
        lent.close();
        refuses(Failure.INVALID_REQUEST, "is wiped", () -> growth.growTo(VOLUME, SIZE, lent));
    }

    @Test
    void templates_are_checked_on_the_way_in_and_on_the_way_out() throws InterruptedException {
        Templates templates = guard(new Boasting() {
                    @Override
                    public Optional<Templates> templates() {
                        return Optional.of(new SmallTemplates());
                    }
                })
                .templates()
                .orElseThrow();
        Path image = Path.of("/images/debian");
        CreateVolume large = CreateVolume.blank("made", ByteSize.mebibytes(2));

        assertThat(templates
                        .add(new AddTemplate("kept", image, ImageFormat.RAW))
                        .name())
                .isEqualTo("kept");
        defect("it was asked for", () -> templates.add(new AddTemplate("other", image, ImageFormat.RAW)));
        refuses(
                Failure.UNSUPPORTED,
                "templates in clear",
                () -> templates.add(new AddTemplate("kept", image, ImageFormat.LUKS)));
        refuses(
                Failure.UNSUPPORTED,
                "keeps volumes as",
                () -> templates.add(new AddTemplate("kept", image, ImageFormat.VMDK)));
        assertThat(templates
                        .create(VolumeFromTemplate.of(VOLUME, CreateVolume.blank("made", SIZE)))
                        .name())
                .isEqualTo("made");
        defect("it was asked for", () -> templates.create(VolumeFromTemplate.of(VOLUME, large)));
        refuses(
                Failure.UNSUPPORTED,
                "is to be encrypted",
                () -> templates.create(VolumeFromTemplate.of(VOLUME, large.encryptedByStorage())));
    }

    private static final class SmallTemplates implements Templates {

        @Override
        public Volume add(AddTemplate request) {
            return Volume.of(VOLUME, "kept", SIZE, ImageFormat.RAW);
        }

        @Override
        public Volume create(VolumeFromTemplate request) {
            return Volume.of(VOLUME, "made", SIZE, ImageFormat.RAW);
        }
    }

    @Test
    void a_linked_clone_and_a_revert_need_features_of_their_own() {
        SmallPool modest = new Boasting() {
            @Override
            public Features<PoolFeature> features() {
                return Features.none(PoolFeature.class)
                        .with(PoolFeature.SNAPSHOTS, Support.NATIVE)
                        .with(PoolFeature.CLONES, Support.NATIVE);
            }

            @Override
            public Optional<Clones> clones() {
                return Optional.of(request -> Volume.of(VOLUME, request.name(), SIZE, ImageFormat.RAW));
            }

            @Override
            public Optional<Snapshots> snapshots() {
                return Optional.of(new NoSnapshots());
            }
        };
        StoragePool pool = guard(modest);
        CloneVolume request = CloneVolume.of(VOLUME, "c");

        refuses(
                Failure.UNSUPPORTED,
                "linked clone c needs LINKED_CLONES",
                () -> pool.clones().orElseThrow().create(request.linked()));
        refuses(
                Failure.UNSUPPORTED,
                "needs REVERT",
                () -> pool.snapshots().orElseThrow().revert(new SnapshotId("s")));
    }

    private static final class NoSnapshots implements Snapshots {

        @Override
        public Snapshot take(VolumeId volume, String name) {
            throw new AssertionError("not asked for");
        }

        @Override
        public Optional<Snapshot> find(SnapshotId id) {
            return Optional.empty();
        }

        @Override
        public List<Snapshot> list(VolumeId volume) {
            return List.of();
        }

        @Override
        public Volume revert(SnapshotId id) {
            throw new AssertionError("it must not reach the driver");
        }

        @Override
        public void delete(SnapshotId id) {}
    }

    @Test
    void a_pool_of_another_driver_is_no_target_of_a_move() {
        StoragePool pool = guard(new Boasting() {
            @Override
            public Optional<PoolMigration> migration() {
                return Optional.of(new NoMigration());
            }
        });

        refuses(
                Failure.UNSUPPORTED,
                "not of the same storage system",
                () -> pool.migration().orElseThrow().start(VOLUME, new SmallPool(POOL, TYPE)));
        refuses(
                Failure.UNSUPPORTED,
                "not of the same storage system",
                () -> pool.migration().orElseThrow().start(VOLUME, guard(new SmallPool(POOL, TYPE))));
        assertThat(pool.migration().orElseThrow().reaches(new SmallPool(POOL, TYPE)))
                .isFalse();
    }

    private static final class NoMigration implements PoolMigration {

        @Override
        public boolean reaches(StoragePool target) {
            throw new AssertionError("it must not reach the driver");
        }

        @Override
        public PoolMigrationJob start(VolumeId volume, StoragePool target) {
            throw new AssertionError("it must not reach the driver");
        }

        @Override
        public Optional<PoolMigrationJob> find(VolumeId volume) {
            return Optional.empty();
        }
    }

    @Test
    void closing_twice_closes_once() {
        SmallPool pool = new SmallPool(POOL, TYPE);
        StoragePool guarded = guard(pool);

        guarded.close();
        guarded.close();

        assertThat(pool.closes).isEqualTo(1);
    }

    @Test
    void uses_conflict_between_hosts_alone_and_only_if_one_wants_to_be_alone() {
        VolumeUse machine = VolumeUse.by(HOST);
        VolumeUse elsewhere = VolumeUse.by(new HostId("i"));

        assertThat(machine.conflictsWith(elsewhere)).isTrue();
        assertThat(machine.conflictsWith(elsewhere.shared())).isTrue();
        assertThat(machine.shared().conflictsWith(elsewhere)).isTrue();
        assertThat(machine.shared().conflictsWith(elsewhere.shared())).isFalse();
        assertThat(machine.conflictsWith(machine.because(Reason.COPY))).isFalse();
        assertThat(machine.isSameAs(machine.shared())).isTrue();
        assertThat(machine.isSameAs(machine.because(Reason.COPY))).isFalse();
    }

    private static StoragePool guard(SmallPool pool) {
        return GuardedPool.of(pool, new PluginBoundary(SmallPoolDriver.class), POOL, TYPE);
    }

    private static void defect(String words, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT));
    }

    private static void refuses(Failure failure, String words, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED));
    }
}
