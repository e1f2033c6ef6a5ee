package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.UsageRecord.Kind;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.FoundCopy;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Drift;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.usage.Thing;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.AddTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How machines and templates count, and the volumes that are made of templates. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CountersTest {

    private static final Account DEV = Counted.OWNER;
    private static final Account ACME = Account.of("acme");
    private static final long SIZE = TemplateWorld.SIZE.bytes();
    private static final ByteSize MEMORY = ByteSize.gibibytes(2);

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

    private static void refused(Failure failure, String message, ThrowingCallable call) {
        DriverException thrown = catchThrowableOfType(DriverException.class, call);
        assertThat(thrown).as("refused").isNotNull();
        assertThat(thrown.failure()).as(thrown.getMessage()).isEqualTo(failure);
        assertThat(thrown).hasMessageContaining(message);
    }

    private static Amounts machine(long cpus) {
        return Amounts.of(Map.of("user_vm", 1L, "cpu", cpus, "memory", MEMORY.bytes()));
    }

    private static Amounts template(long bytes) {
        return Amounts.of(Map.of("template", 1L, "secondary_storage", bytes));
    }

    private List<Kind> kinds(Thing thing) throws InterruptedException {
        return hvkit.usage().events(0, 1000).stream()
                .filter(event -> event.thing().equals(thing.toString()))
                .map(UsageRecord::kind)
                .toList();
    }

    private void assertHeld(Amounts amounts) throws InterruptedException {
        for (Account account : DEV.lineage()) {
            assertThat(hvkit.usage().held(account)).as(account.toString()).isEqualTo(amounts);
        }
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    private VolumeRecord disk(String name) throws InterruptedException {
        return hvkit.volumes()
                .create(VolumeRequest.blank(name, TemplateWorld.SIZE, world.pool.id()))
                .await();
    }

    private MachineRequest web(int cpus) throws InterruptedException {
        return MachineRequest.named("web")
                .cpus(cpus)
                .memory(MEMORY)
                .root(disk("web-root").id())
                .ownedBy(DEV);
    }

    private TemplateRequest debian() {
        return world.request("debian").ownedBy(DEV);
    }

    @Test
    void a_machine_counts_for_its_owner_and_all_above_from_its_beginning_to_its_end() throws Exception {
        MachineRecord web = hvkit.machines().create(web(3)).await();
        assertHeld(machine(3));
        hvkit.machines().delete(web.id()).await();

        assertHeld(Amounts.NONE);
        assertThat(kinds(Thing.machine(web.id()))).containsExactly(Kind.RESERVED, Kind.STARTED, Kind.ENDED);
        assertThat(hvkit.usage().holding(Thing.machine(web.id()))).isEmpty();
    }

    @Test
    void a_machine_of_nobody_counts_for_nobody() throws Exception {
        hvkit.machines()
                .create(MachineRequest.named("system").root(disk("root").id()))
                .await();

        assertThat(hvkit.usage().events(0, 1000)).isEmpty();
        assertThat(hvkit.usage().held(Account.ROOT)).isEqualTo(Amounts.NONE);
    }

    @Test
    void a_limit_of_processors_memory_or_machines_of_any_account_above_keeps_a_machine_from_being_made()
            throws Exception {
        MachineRequest web = web(3);
        Map<Resource, Long> limits =
                Map.of(Resource.CPUS, 2L, Resource.MEMORY, MEMORY.bytes() - 1, Resource.MACHINES, 0L);
        for (Map.Entry<Resource, Long> limit : limits.entrySet()) {
            for (Account account : DEV.lineage()) {
                hvkit.usage().limit(account, limit.getKey(), limit.getValue());
                refused(
                        Failure.EXHAUSTED,
                        "account " + account + " may hold " + limit.getValue() + " of " + limit.getKey(),
                        () -> hvkit.machines().create(web).await());
                hvkit.usage().unlimit(account, limit.getKey());
            }
        }
        assertThat(hvkit.machines().named("web")).isEmpty();
        assertHeld(Amounts.NONE);

        hvkit.usage().limit(ACME, Resource.CPUS, 3);
        MachineRecord made = hvkit.machines().create(web).await();
        assertThat(hvkit.usage().holding(Thing.machine(made.id())).orElseThrow().counted())
                .isEqualTo(machine(3));
    }

    @Test
    void a_machine_that_does_not_start_gives_back_what_was_kept_for_it() throws Exception {
        MachineRequest impossible = web(1).onHostsTagged("gpu");

        refused(
                Failure.EXHAUSTED,
                "gpu",
                () -> hvkit.machines().start(impossible).await());

        assertHeld(Amounts.NONE);
        assertThat(hvkit.usage().events(0, 1000))
                .extracting(UsageRecord::kind)
                .containsExactly(Kind.RESERVED, Kind.GIVEN_BACK);
    }

    @Test
    void an_owner_that_is_no_account_is_refused_before_anything_is_asked_for() {
        assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> Account.of("acme//dev")))
                .hasMessageContaining("acme//dev");
        MachineRequest.Placing placing = new MachineRequest.Placing(Set.of(), Optional.of("a//b"));
        MachineRequest nobody = MachineRequest.named("web");
        assertThat(catchThrowableOfType(
                        IllegalArgumentException.class,
                        () -> new MachineRequest(
                                "web", 1, MEMORY, List.of(), nobody.devices(), placing, Optional.empty())))
                .hasMessageContaining("a//b");
    }

    @Test
    void a_template_counts_once_and_its_bytes_for_each_pool_that_has_it() throws Exception {
        TemplateRecord debian = hvkit.templates().register(debian()).await();
        assertHeld(template(0));
        Job<TemplateCopyRecord> one = hvkit.templates().download(debian.id(), world.pool.id());
        Job<TemplateCopyRecord> other = hvkit.templates().download(debian.id(), world.elsewhere.id());
        one.await();
        other.await();
        assertHeld(template(2 * SIZE));
        hvkit.templates().download(debian.id(), world.pool.id()).await();
        hvkit.templates().register(debian()).await();
        hvkit.templates()
                .register(world.request("debian").ownedBy(Account.of("other")))
                .await();
        assertHeld(template(2 * SIZE));

        hvkit.templates().delete(debian.id()).await();

        assertHeld(Amounts.NONE);
        assertThat(kinds(Thing.template(debian.id())))
                .containsOnlyOnce(Kind.STARTED, Kind.ENDED)
                .startsWith(Kind.RESERVED, Kind.STARTED)
                .endsWith(Kind.ENDED);
    }

    @Test
    void a_template_of_known_size_is_refused_before_it_is_fetched_and_another_one_is_not_kept() throws Exception {
        TemplateRecord known = hvkit.templates()
                .register(world.request("known").of(TemplateWorld.SIZE).ownedBy(DEV))
                .await();
        hvkit.usage().limit(ACME, Resource.SECONDARY_STORAGE, SIZE - 1);
        refused(
                Failure.EXHAUSTED,
                "secondary_storage",
                () -> hvkit.templates().download(known.id(), world.pool.id()).await());
        assertThat(world.fetches).hasValue(0);
        hvkit.templates().delete(known.id()).await();

        TemplateRecord debian = hvkit.templates().register(debian()).await();
        refused(
                Failure.EXHAUSTED,
                "secondary_storage",
                () -> hvkit.templates().download(debian.id(), world.pool.id()).await());
        assertThat(world.fetches).hasValue(1);

        assertHeld(template(0));
        assertThat(hvkit.templates().copies(debian.id())).isEmpty();
        world.checkThatAllAgree("there was no room");
        hvkit.usage().unlimit(ACME, Resource.SECONDARY_STORAGE);
        hvkit.templates().download(debian.id(), world.pool.id()).await();
        assertHeld(template(SIZE));
    }

    @Test
    void an_image_that_is_not_kept_counts_for_nobody() throws Exception {
        TemplateRecord known = hvkit.templates()
                .register(world.request("known").of(TemplateWorld.SIZE).ownedBy(DEV))
                .await();
        world.image[7] = 1;

        refused(
                Failure.CORRUPT_DATA,
                "",
                () -> hvkit.templates().download(known.id(), world.pool.id()).await());

        assertHeld(template(0));
    }

    @Test
    void a_template_of_a_volume_counts_and_so_does_a_volume_of_a_template() throws Exception {
        VolumeRecord volume = disk("root");
        hvkit.usage().limit(DEV, Resource.SECONDARY_STORAGE, SIZE - 1);
        CaptureRequest request =
                CaptureRequest.of(volume.id(), "golden", world.pool.id()).ownedBy(DEV);
        refused(
                Failure.EXHAUSTED,
                "secondary_storage",
                () -> hvkit.templates().capture(request).await());
        assertHeld(Amounts.NONE);
        hvkit.usage().limit(DEV, Resource.SECONDARY_STORAGE, SIZE);
        world.beforeCopies = () -> {
            throw DriverException.because(Failure.HOST_NOT_READY).message("the tool is gone");
        };
        refused(
                Failure.HOST_NOT_READY,
                "the tool is gone",
                () -> hvkit.templates()
                        .capture(CaptureRequest.of(volume.id(), "golden", world.blocks.id())
                                .ownedBy(DEV))
                        .await());
        assertHeld(Amounts.NONE);
        world.beforeCopies = () -> {};
        TemplateRecord golden = hvkit.templates().capture(request).await();
        assertHeld(template(SIZE));

        VolumeRecord made = hvkit.templates()
                .newVolume(
                        golden.id(),
                        VolumeRequest.blank("made", TemplateWorld.SIZE, world.blocks.id())
                                .encrypted()
                                .ownedBy(DEV))
                .await();
        hvkit.templates().delete(golden.id()).await();

        assertHeld(
                Amounts.of(Map.of("volume", 1L, "primary_storage", made.size().bytes())));
        assertThat(kinds(Thing.template(golden.id()))).containsOnlyOnce(Kind.STARTED, Kind.ENDED);
        assertThat(kinds(Thing.volume(made.id()))).containsExactly(Kind.RESERVED, Kind.STARTED);
    }

    @Test
    void a_volume_that_cannot_be_filled_never_began() throws Exception {
        TemplateRecord debian = hvkit.templates().register(debian()).await();
        hvkit.templates().download(debian.id(), world.pool.id()).await();
        world.beforeCopies = () -> {
            throw DriverException.because(Failure.HOST_NOT_READY).message("no copies today");
        };

        refused(
                Failure.HOST_NOT_READY,
                "no copies today",
                () -> hvkit.templates()
                        .newVolume(
                                debian.id(),
                                VolumeRequest.blank("made", TemplateWorld.SIZE, world.blocks.id())
                                        .encrypted()
                                        .ownedBy(DEV))
                        .await());

        assertHeld(template(SIZE));
        assertThat(hvkit.usage().events(0, 1000))
                .filteredOn(event -> event.thing().startsWith("volume:"))
                .extracting(UsageRecord::kind)
                .containsExactly(Kind.RESERVED, Kind.GIVEN_BACK);
    }

    @Test
    void a_copy_that_is_adopted_counts_for_who_has_the_template() throws Exception {
        TemplateRecord debian = hvkit.templates()
                .register(world.request("debian").of(TemplateWorld.SIZE).ownedBy(DEV))
                .await();
        Path image = Files.write(directory.resolve("left"), world.image).toAbsolutePath();
        FoundCopy left = world.left("debian", world.pool, new AddTemplate("left", image, ImageFormat.RAW));

        hvkit.templates().adopt(List.of(left)).await();

        assertThat(hvkit.templates().copies(debian.id())).hasSize(1);
        assertHeld(template(SIZE));
    }

    @Test
    void the_old_root_counts_no_more_once_a_machine_has_another_one() throws Exception {
        TemplateRecord debian =
                hvkit.templates().register(world.request("debian")).await();
        hvkit.templates().download(debian.id(), world.pool.id()).await();
        VolumeRecord old = hvkit.volumes()
                .create(VolumeRequest.blank("old", TemplateWorld.SIZE, world.pool.id())
                        .ownedBy(DEV))
                .await();
        MachineRecord web = hvkit.machines()
                .create(MachineRequest.named("web").root(old.id()))
                .await();

        hvkit.machines()
                .reinstall(ReinstallRequest.of(
                        web.id(),
                        debian.id(),
                        VolumeRequest.blank("new", TemplateWorld.SIZE, world.pool.id())
                                .ownedBy(DEV)))
                .await();

        assertHeld(Amounts.of(Map.of("volume", 1L, "primary_storage", SIZE)));
        assertThat(kinds(Thing.volume(old.id()))).endsWith(Kind.ENDED);
    }

    @Test
    void what_is_counted_wrongly_of_machines_and_templates_is_told_before_it_is_put_right() throws Exception {
        MachineRecord web = hvkit.machines().create(web(2)).await();
        TemplateRecord debian = hvkit.templates().register(debian()).await();
        hvkit.templates().download(debian.id(), world.pool.id()).await();
        Amounts real = machine(2).plus(template(SIZE));
        for (Thing thing : List.of(Thing.machine(web.id()), Thing.template(debian.id()))) {
            world.catalog.inTransaction(transaction -> {
                HoldingRecord holding = transaction.holdings().require(HoldingRecord.idOf(thing.toString()));
                return transaction.holdings().update(holding.counting(Amounts.NONE));
            });
        }

        List<Drift> told = hvkit.usage().drift();

        assertThat(told)
                .contains(new Drift(DEV, "machine:" + web.id(), Amounts.NONE, machine(2)))
                .contains(new Drift(DEV, "template:" + debian.id(), Amounts.NONE, template(SIZE)))
                .anyMatch(drift ->
                        drift.account().equals(Account.ROOT) && drift.thing().equals(Drift.SUM));
        assertThat(hvkit.usage().held(Account.ROOT))
                .as("told, and changed nothing")
                .isEqualTo(real);
        assertThat(hvkit.usage().correct()).isEqualTo(told);
        assertHeld(real);
        assertThat(hvkit.usage().correct()).isEmpty();
    }
}
