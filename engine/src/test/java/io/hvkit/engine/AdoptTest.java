package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.template.Adoption;
import io.hvkit.engine.template.FoundCopy;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of as a template that another system has left, and is not one that may be kept. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AdoptTest {

    private static final ByteSize SIZE = TemplateWorld.SIZE;

    @TempDir
    private Path directory;

    private TemplateWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws Exception {
        world = new TemplateWorld(directory);
        hvkit = world.calm();
    }

    @AfterEach
    void close() {
        hvkit.close();
        world.close();
    }

    private FoundCopy as(String template, Place place) {
        return new FoundCopy(template, place.pool(), TemplateWorld.external(place), place.format());
    }

    private FoundCopy foreign(String template, String name) throws Exception {
        Path image = Files.write(directory.resolve(name), world.image).toAbsolutePath();
        return world.left(template, world.pool, new AddTemplate(name, image, ImageFormat.RAW));
    }

    private VolumeRecord volume(String name) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank(name, SIZE, world.pool.id()))
                .await();
    }

    private void assertLeft(String reason, FoundCopy copy) throws InterruptedException {
        Adoption adoption = hvkit.templates().adopt(List.of(copy)).await();

        assertThat(adoption.adopted()).isEmpty();
        assertThat(adoption.left()).singleElement().satisfies(left -> {
            assertThat(left.copy()).isEqualTo(copy);
            assertThat(left.reason()).contains(reason);
        });
        assertThat(hvkit.templates().named(copy.template()))
                .as("nothing is known of it")
                .isEmpty();
    }

    private Optional<Volume> inPool(VolumeId id) throws InterruptedException {
        try (StoragePool pool = world.open(world.pool)) {
            return pool.find(id);
        }
    }

    @Test
    void a_volume_of_the_engine_is_left_and_outlives_the_template_that_was_to_have_it() throws Exception {
        VolumeRecord root = volume("root");
        FoundCopy real = foreign("debian", "203-1");
        FoundCopy taken = as("debian", root.place());

        assertLeft("it is volume root", taken);
        Adoption adoption = hvkit.templates().adopt(List.of(taken, real)).await();
        assertThat(adoption.adopted()).containsExactly(real);
        hvkit.templates()
                .delete(hvkit.templates().named("debian").orElseThrow().id())
                .await();

        assertThat(inPool(taken.volume())).isPresent();
        assertThat(inPool(real.volume())).isEmpty();
    }

    @Test
    void another_copy_of_a_volume_is_left() throws Exception {
        FoundCopy incoming = foreign("debian", "half");
        Place place = Place.first(world.pool.id(), ImageFormat.RAW)
                .ofCopy(1)
                .seen(
                        ImageFormat.RAW,
                        new ExternalId(
                                world.pool.type(), "volume", incoming.volume().value(), Instant.EPOCH),
                        Optional.empty());
        VolumeRecord root = hvkit.volumes()
                .create(VolumeRequest.blank("root", SIZE, world.blocks.id()))
                .await();
        beside(root, place);

        assertLeft("it is another copy of volume root", incoming);
    }

    private void beside(VolumeRecord volume, Place place) throws InterruptedException {
        VolumeRecord unused = world.catalog.inTransaction(transaction -> transaction
                .volumes()
                .update(transaction
                        .volumes()
                        .require(volume.id())
                        .beside(Optional.of(
                                new VolumeRecord.Second(VolumeRecord.Second.Role.INCOMING, place, Optional.empty())))));
    }

    @Test
    void what_is_being_made_is_known_by_its_name_since_nobody_knows_its_id_yet() throws Exception {
        RecordId<VolumeRecord> id = RecordId.random();
        Place place = Place.first(world.pool.id(), ImageFormat.RAW);
        VolumeRecord making = world.catalog.inTransaction(transaction -> transaction
                .volumes()
                .insert(new VolumeRecord(
                        id,
                        0,
                        "root",
                        VolumeRecord.State.CREATING,
                        place,
                        SIZE,
                        Optional.empty(),
                        Optional.empty(),
                        Instant.EPOCH)));
        VolumeId made;
        try (StoragePool pool = world.open(world.pool)) {
            made = pool.create(CreateVolume.blank(Ground.nameAt(making.place(), id), SIZE))
                    .id();
        }

        assertLeft("it is volume root", new FoundCopy("debian", world.pool.id(), made, ImageFormat.RAW));
    }

    @Test
    void one_thing_is_no_copy_of_two_templates() throws Exception {
        TemplateRecord loaded =
                hvkit.templates().register(world.request("alpine")).await();
        hvkit.templates().download(loaded.id(), world.pool.id()).await();
        assertLeft(
                "it is a copy of template alpine",
                as("debian", hvkit.templates().copies(loaded.id()).get(0).place()));

        FoundCopy debian = foreign("debian", "203-1");
        FoundCopy fedora = new FoundCopy("fedora", debian.pool(), debian.volume(), debian.format());
        Adoption adoption = hvkit.templates().adopt(List.of(debian, fedora)).await();
        assertThat(adoption.adopted()).containsExactly(debian);
        assertThat(adoption.left()).containsExactly(new Adoption.Left(fedora, "it is a copy of template debian"));
        assertThat(hvkit.templates().named("fedora")).isEmpty();
        assertThat(hvkit.templates().adopt(List.of(debian, fedora)).await()).isEqualTo(adoption);
    }

    @Test
    void what_is_encrypted_or_in_another_format_is_left() throws Exception {
        VolumeId secret;
        try (StoragePool pool = world.open(world.pool);
                Secret key = Secret.random()) {
            secret = pool.create(CreateVolume.blank("secret", SIZE).encryptedBy(key))
                    .id();
        }
        assertLeft(
                "it is encrypted, and nobody knows its key",
                new FoundCopy("debian", world.pool.id(), secret, ImageFormat.LUKS));
        FoundCopy raw = foreign("debian", "203-1");
        assertLeft(
                "its pool has it as RAW, and not as QCOW2",
                new FoundCopy("debian", raw.pool(), raw.volume(), ImageFormat.QCOW2));
    }

    @Test
    void what_its_pool_does_not_tell_of_or_does_not_have_is_left() throws Exception {
        FoundCopy copy = foreign("debian", "203-1");
        assertLeft(
                "its pool does not have it",
                new FoundCopy("debian", world.pool.id(), new VolumeId("no-such-volume"), ImageFormat.RAW));

        world.storage.cutOff();
        try {
            assertLeft("its pool did not tell: ", copy);
        } finally {
            world.storage.reachAgain();
        }
        assertThat(hvkit.templates().adopt(List.of(copy)).await().adopted()).containsExactly(copy);
    }

    @Test
    void what_is_empty_is_left() throws Exception {
        FoundCopy copy = foreign("debian", "203-1");
        hvkit.close();
        hvkit = HvKit.open(HvKitConfig.on(world.catalog.another())
                .driversFrom(
                        HypervisorDrivers.of(List.of(world.hypervisors)),
                        StorageDrivers.of(List.of(emptying(world.storage)))));

        assertLeft("it is empty", copy);
    }

    /** Storage in which everything that is found is empty. */
    private static StorageDriver emptying(StorageDriver real) {
        return relayed(
                StorageDriver.class,
                real,
                "open",
                pool -> relayed(
                        StoragePool.class,
                        pool,
                        "find",
                        found -> ((Optional<?>) found)
                                .map(Volume.class::cast)
                                .map(volume -> Volume.of(volume.id(), volume.name(), ByteSize.ZERO, volume.format()))));
    }

    private static <T> T relayed(Class<T> kind, Object target, String call, UnaryOperator<Object> change) {
        return kind.cast(Proxy.newProxyInstance(
                kind.getClassLoader(), new Class<?>[] {kind}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(target, arguments);
                        return method.getName().equals(call) ? change.apply(result) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
