package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.template.Adoption;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.FoundCopy;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TemplatesTest {

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

    @Test
    void the_call_sites_of_the_documents_do_what_they_say() throws Exception {
        URI source = world.uri();
        Sha256 digest = Sha256.of(world.image);
        PoolRecord here = world.pool;
        PoolRecord there = world.elsewhere;
        // tag::download[]
        TemplateRecord debian = hvkit.templates()
                .register(TemplateRequest.named("debian-12", ImageFormat.RAW, digest)
                        .from(source))
                .await();
        Job<TemplateCopyRecord> one = hvkit.templates().download(debian.id(), here.id());
        Job<TemplateCopyRecord> other = hvkit.templates().download(debian.id(), there.id());
        one.await();
        other.await();
        // end::download[]
        // tag::volume[]
        VolumeRequest wanted =
                VolumeRequest.blank("web-01-root", SIZE, here.id()).encrypted();
        VolumeRecord root = hvkit.templates().newVolume(debian.id(), wanted).await();
        // end::volume[]
        // tag::capture[]
        TemplateRecord golden = hvkit.templates()
                .capture(CaptureRequest.of(root.id(), "golden", here.id()))
                .await();
        // end::capture[]

        assertThat(hvkit.templates().copies(debian.id()))
                .extracting(TemplateCopyRecord::state)
                .containsExactly(TemplateCopyRecord.State.READY, TemplateCopyRecord.State.READY);
        assertThat(golden.key()).isPresent().isNotEqualTo(root.key());
        world.checkThatAllAgree("as the documents say");
    }

    @Test
    void a_template_that_is_registered_again_is_the_same_and_another_content_is_refused() throws Exception {
        TemplateRecord debian = world.debian(hvkit);

        assertThat(world.debian(hvkit)).isEqualTo(debian);
        byte[] other = {1};
        DriverException content = refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.templates()
                        .register(TemplateRequest.named("debian", ImageFormat.RAW, Sha256.of(other))
                                .from(world.uri()))
                        .await());
        assertThat(content).hasMessageContaining("never changes");
        refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.templates()
                        .register(world.request("debian").from(URI.create("http://localhost/other")))
                        .await());
        refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.templates()
                        .register(TemplateRequest.named("other", ImageFormat.QCOW2, Sha256.of(world.image)))
                        .await());
        assertThat(hvkit.templates().named("debian")).contains(debian);
        assertThat(hvkit.templates().page(Optional.empty(), 10)).containsExactly(debian);
        assertThat(hvkit.templates().page(Optional.of(debian.id()), 10)).isEmpty();
    }

    @Test
    void the_same_image_has_one_size_whatever_it_is_called() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        assertThat(hvkit.templates().find(debian.id()).orElseThrow().content().size())
                .contains(SIZE);

        refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.templates()
                        .register(world.request("alias").of(ByteSize.gibibytes(1)))
                        .await());
        hvkit.templates().register(world.request("alias").of(SIZE)).await();
    }

    @Test
    void an_address_with_a_password_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> world.request("debian").from(URI.create("https://joe:secret@images/debian")))
                .withMessageNotContaining("secret");
    }

    @Test
    void many_who_register_and_download_at_once_by_two_engines_get_one() throws Exception {
        try (HvKit other = world.calm()) {
            ExecutorService threads = Executors.newFixedThreadPool(8);
            try {
                List<Callable<TemplateRecord>> registering = new ArrayList<>();
                List<Callable<TemplateCopyRecord>> loading = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    HvKit engine = i % 2 == 0 ? hvkit : other;
                    PoolRecord pool = i % 4 < 2 ? world.pool : world.elsewhere;
                    registering.add(() ->
                            engine.templates().register(world.request("debian")).await());
                    loading.add(() -> engine.templates()
                            .download(
                                    engine.templates()
                                            .named("debian")
                                            .orElseThrow()
                                            .id(),
                                    pool.id())
                            .await());
                }
                assertThat(distinct(threads.invokeAll(registering))).hasSize(1);
                assertThat(distinct(threads.invokeAll(loading))).hasSize(2);
            } finally {
                threads.shutdownNow();
            }
        }
        assertThat(world.fetches).hasValue(2);
        world.checkThatAllAgree("registered and downloaded at once");
    }

    private static <T> Set<T> distinct(List<Future<T>> futures) throws Exception {
        List<T> all = new ArrayList<>();
        for (Future<T> future : futures) {
            all.add(future.get());
        }
        return all.stream().collect(Collectors.toSet());
    }

    @Test
    void a_copy_that_is_there_is_not_fetched_again() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);

        hvkit.templates().download(debian.id(), world.pool.id()).await();

        assertThat(world.fetches).hasValue(1);
        assertThat(hvkit.templates().copies(debian.id())).hasSize(1);
    }

    @Test
    void an_image_that_changed_at_its_source_is_not_kept() throws Exception {
        TemplateRecord debian = world.debian(hvkit);
        world.image[7] = 1;

        refused(
                Failure.CORRUPT_DATA,
                () -> hvkit.templates().download(debian.id(), world.pool.id()).await());

        assertThat(hvkit.templates().copies(debian.id())).isEmpty();
        world.checkThatAllAgree("another image");
    }

    /** What somebody fetched and cannot use is removed, even if the pool that took it does not give it back. */
    @Test
    void a_pool_that_keeps_what_it_should_not_keeps_no_fetched_image() throws Exception {
        TemplateRecord larger = hvkit.templates()
                .register(world.request("larger").of(TemplateWorld.SIZE.plus(TemplateWorld.SIZE)))
                .await();
        StoragePool there = world.open(world.pool);
        Fuse cuttingOff = Fuse.atEach(() -> {
            if (isFilled(there)) {
                world.storage.cutOff();
            }
        });
        try (HvKit unlucky = world.process(cuttingOff)) {
            DriverException e = refused(
                    Failure.CORRUPT_DATA,
                    () -> unlucky.templates()
                            .download(larger.id(), world.pool.id())
                            .await());
            assertThat(e).hasMessageContaining("larger");
        }
        world.storage.reachAgain();

        assertThat(world.staging).isEmptyDirectory();
        hvkit.templates().delete(larger.id()).await();
        world.checkThatAllAgree("the pool gave nothing back");
    }

    private static boolean isFilled(StoragePool pool) {
        try {
            return !pool.list().isEmpty();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } catch (DriverException e) {
            return true; // cut off before
        }
    }

    @Test
    void an_image_that_is_uploaded_has_the_digest_or_is_not_kept() throws Exception {
        TemplateRecord debian = world.debian(hvkit);
        Path image = Files.write(directory.resolve("image"), world.image).toAbsolutePath();
        Path wrong = Files.write(directory.resolve("wrong"), new byte[1024]).toAbsolutePath();

        refused(
                Failure.CORRUPT_DATA,
                () -> hvkit.templates()
                        .upload(debian.id(), world.pool.id(), wrong)
                        .await());
        refused(
                Failure.NOT_FOUND,
                () -> hvkit.templates()
                        .upload(
                                debian.id(),
                                world.pool.id(),
                                directory.resolve("none").toAbsolutePath())
                        .await());
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.templates()
                        .upload(debian.id(), world.pool.id(), Path.of("image"))
                        .await());
        world.checkThatAllAgree("refused");
        hvkit.templates().upload(debian.id(), world.pool.id(), image).await();

        assertThat(image).exists();
        assertThat(world.fetches).hasValue(0);
        world.checkThatAllAgree("uploaded");
    }

    @Test
    void an_image_of_another_format_than_was_said_is_refused_by_the_pool() throws Exception {
        byte[] qcow2 = new byte[4096];
        System.arraycopy(new byte[] {'Q', 'F', 'I', (byte) 0xfb}, 0, qcow2, 0, 4);
        Path image = Files.write(directory.resolve("image"), qcow2).toAbsolutePath();
        TemplateRecord said = hvkit.templates()
                .register(TemplateRequest.named("said", ImageFormat.RAW, Sha256.of(qcow2)))
                .await();

        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.templates()
                        .upload(said.id(), world.pool.id(), image)
                        .await());

        world.checkThatAllAgree("another format");
    }

    @Test
    void who_cannot_download_is_told_why() throws Exception {
        TemplateRecord debian = world.debian(hvkit);
        TemplateRecord sourceless = hvkit.templates()
                .register(TemplateRequest.named("upload", ImageFormat.RAW, Sha256.of(new byte[] {1})))
                .await();
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.templates()
                        .download(sourceless.id(), world.pool.id())
                        .await());
        refused(
                Failure.UNSUPPORTED,
                () -> hvkit.templates().download(debian.id(), world.bare.id()).await());
        hvkit.inventory().putHost(world.host.id(), Standing.MAINTENANCE);
        DriverException hosts = refused(
                Failure.UNSUPPORTED,
                () -> hvkit.templates().download(debian.id(), world.pool.id()).await());
        assertThat(hosts).hasMessageContaining("h1: is in MAINTENANCE");
        hvkit.inventory().putPool(world.pool.id(), Standing.MAINTENANCE);
        refused(
                Failure.EXHAUSTED,
                () -> hvkit.templates().download(debian.id(), world.pool.id()).await());
        world.checkThatAllAgree("refused");
    }

    @Test
    void a_template_of_an_encrypted_volume_is_encrypted_under_a_key_of_its_own() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool).encrypted())
                .await();

        TemplateRecord golden = hvkit.templates()
                .capture(CaptureRequest.of(root.id(), "golden", world.blocks.id()))
                .await();

        assertThat(golden.key()).isPresent().isNotEqualTo(root.key());
        TemplateCopyRecord copy = hvkit.templates().copies(golden.id()).get(0);
        assertThat(copy.place().encryption()).isPresent();
        hvkit.volumes().delete(root.id()).await();
        world.checkThatAllAgree("the volume is gone");
        refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.templates()
                        .newVolume(golden.id(), TemplateWorld.blank("clear", world.pool))
                        .await());
        VolumeRecord next = hvkit.templates()
                .newVolume(golden.id(), TemplateWorld.blank("next", world.pool).encrypted())
                .await();
        assertThat(next.key()).isPresent().isNotEqualTo(golden.key());
        world.checkThatAllAgree("a volume of it");
    }

    @Test
    void what_is_encrypted_lies_in_clear_in_a_template_only_if_somebody_decides_so() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool).encrypted())
                .await();

        DriverException e = refused(
                Failure.UNSUPPORTED,
                () -> hvkit.templates()
                        .capture(CaptureRequest.of(root.id(), "golden", world.bare.id()))
                        .await());
        assertThat(e).hasMessageContaining("intoPlaintext()");
        world.checkThatAllAgree("refused");
        TemplateRecord clear = hvkit.templates()
                .capture(CaptureRequest.of(root.id(), "golden", world.bare.id()).intoPlaintext())
                .await();

        assertThat(clear.key()).isEmpty();
        assertThat(hvkit.templates().copies(clear.id()).get(0).place().encryption())
                .isEmpty();
        world.checkThatAllAgree("decided");
    }

    @Test
    void a_template_that_is_deleted_is_in_no_pool_and_its_key_is_retired() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        hvkit.templates().download(debian.id(), world.elsewhere.id()).await();
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool).encrypted())
                .await();
        TemplateRecord golden = hvkit.templates()
                .capture(CaptureRequest.of(root.id(), "golden", world.pool.id()))
                .await();

        hvkit.templates().delete(debian.id()).await();
        hvkit.templates().delete(golden.id()).await();

        assertThat(hvkit.templates().named("debian")).isEmpty();
        KeyRecord key = world.catalog.inTransaction(
                transaction -> transaction.keys().require(golden.key().orElseThrow()));
        assertThat(key.state()).isEqualTo(KeyRecord.State.RETIRED);
        world.checkThatAllAgree("deleted");
        hvkit.templates().delete(debian.id()).await();
    }

    @Test
    void a_copy_that_fails_leaves_neither_a_volume_nor_a_template_nor_a_key() throws Exception {
        TemplateRecord debian = world.loaded(hvkit);
        VolumeRecord root = hvkit.templates()
                .newVolume(debian.id(), TemplateWorld.blank("root", world.pool).encrypted())
                .await();
        world.beforeCopies = () -> {
            throw DriverException.because(Failure.HOST_NOT_READY).message("the tool is gone");
        };

        refused(
                Failure.HOST_NOT_READY,
                () -> hvkit.templates()
                        .capture(CaptureRequest.of(root.id(), "golden", world.blocks.id()))
                        .await());
        refused(
                Failure.HOST_NOT_READY,
                () -> hvkit.templates()
                        .newVolume(
                                debian.id(),
                                TemplateWorld.blank("next", world.blocks).encrypted())
                        .await());

        assertThat(hvkit.templates().named("golden")).isEmpty();
        assertThat(hvkit.volumes().named("next")).isEmpty();
        world.checkThatAllAgree("failed");
    }

    @Test
    void what_another_system_has_left_is_kept_once_in_each_pool_and_nothing_is_deleted() throws Exception {
        FoundCopy one;
        FoundCopy again;
        FoundCopy other;
        FoundCopy far;
        Path image = Files.write(directory.resolve("image"), world.image).toAbsolutePath();
        Path longer = Files.write(directory.resolve("longer"), new byte[2 * (int) SIZE.bytes()])
                .toAbsolutePath();
        try (StoragePool pool = world.open(world.pool);
                StoragePool elsewhere = world.open(world.elsewhere)) {
            one = found(world.pool, pool, "203-1", image);
            again = found(world.pool, pool, "203-2", image);
            other = found(world.pool, pool, "203-3", longer);
            far = found(world.elsewhere, elsewhere, "203-1", image);
        }
        FoundCopy lost = new FoundCopy("debian", world.pool.id(), new VolumeId("no-such-volume"), ImageFormat.RAW);
        List<FoundCopy> all = List.of(lost, one, one, again, other, far);

        Adoption adoption = hvkit.templates().adopt(all).await();

        assertThat(adoption.adopted()).containsExactly(one, far);
        assertThat(adoption.left()).extracting(Adoption.Left::copy).containsExactly(lost, one, again, other);
        assertThat(adoption.left().get(2).reason()).contains("another copy");
        assertThat(adoption.left().get(3).reason()).contains("another content");
        assertThat(hvkit.templates().adopt(all).await()).isEqualTo(adoption);
        TemplateRecord debian = hvkit.templates().named("debian").orElseThrow();
        assertThat(hvkit.templates().copies(debian.id())).hasSize(2);
        try (StoragePool pool = world.open(world.pool)) {
            assertThat(pool.list()).hasSize(3);
            hvkit.templates()
                    .newVolume(
                            debian.id(),
                            TemplateWorld.blank("root", world.blocks).encrypted())
                    .await();
            hvkit.templates()
                    .newVolume(debian.id(), TemplateWorld.blank("near", world.pool))
                    .await();
            hvkit.templates().delete(debian.id()).await();
            assertThat(pool.list()).hasSize(3); // two that are left, and the volume
            pool.delete(again.volume());
            pool.delete(other.volume());
        }
        world.checkThatAllAgree("adopted, used and deleted");
    }

    private static FoundCopy found(PoolRecord record, StoragePool pool, String name, Path image)
            throws InterruptedException {
        Volume kept = pool.templates().orElseThrow().add(new AddTemplate(name, image, ImageFormat.RAW));
        return new FoundCopy("debian", record.id(), kept.id(), ImageFormat.RAW);
    }
}
