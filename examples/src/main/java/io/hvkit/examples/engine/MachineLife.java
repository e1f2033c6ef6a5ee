package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.usage.Drift;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.engine.QuickStart.Offers;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/** The steps of the {@link QuickStart}, each with its proof; each needs the ones before it. */
final class MachineLife {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int RECORDS = 32;

    private final Cloud cloud;
    private final HvKit hvkit;
    private final Evidence evidence;
    private final ProofTable proofs;
    private final QuickStart quick;
    private final Town town;

    MachineLife(Cloud cloud, HvKit hvkit, Evidence evidence, ProofTable proofs) throws InterruptedException {
        this.cloud = cloud;
        this.hvkit = hvkit;
        this.evidence = evidence;
        this.proofs = proofs;
        this.quick = new QuickStart(hvkit);
        this.town = town();
    }

    private Town town() throws InterruptedException {
        Town made = proofs.step("two hosts in two zones, and three pools", () -> Town.of(hvkit, cloud));
        proofs.require(
                hvkit.inventory().hosts().size() == 2
                        && hvkit.inventory().pools().size() == 3,
                "each has answered: node1 with fast and big in zone z1, node2 with away in z2");
        return made;
    }

    Offers offer() throws InterruptedException {
        Offers offers = proofs.step("offerings, plain and encrypted", quick::offer);
        proofs.require(
                hvkit.offerings().disks(Protection.PLAIN).equals(List.of(offers.silver()))
                        && hvkit.offerings().disks(Protection.ENCRYPTED).equals(List.of(offers.gold()))
                        && hvkit.offerings().services(Protection.ENCRYPTED).equals(List.of(offers.vault())),
                "silver for plain volumes, gold for encrypted ones, vault for machines whose root is encrypted");
        return offers;
    }

    /** However often it is asked for, it is fetched once for each pool. */
    TemplateRecord download() throws InterruptedException {
        TemplateRecord small = proofs.step(
                "both zones download a template at once",
                () -> quick.download(cloud.template(), town.fast(), town.away()));
        quick.download(cloud.template(), town.fast(), town.away());
        List<TemplateCopyRecord> copies = hvkit.templates().copies(small.id());
        proofs.require(
                cloud.fetches() == 2
                        && copies.size() == 2
                        && copies.stream().allMatch(copy -> copy.state() == TemplateCopyRecord.State.READY)
                        && small.content().size().equals(Optional.of(QuickStart.SIZE)),
                "asked for twice by each, it was fetched " + cloud.fetches() + " times over HTTP and has "
                        + copies.size() + " copies, one in each zone");
        return small;
    }

    MachineRecord start(TemplateRecord small, Offers offers) throws InterruptedException, IOException {
        VolumeRecord root =
                proofs.step("an encrypted volume is made of it", () -> quick.root(small, offers.gold(), town.fast()));
        evidence.remember(root.key().orElseThrow());
        proofs.require(
                evidence.beginsWithTheImage(root, town.fast()),
                "read with its own key, and without the engine, it holds the image; its header: " + header(root));
        MachineRecord web = proofs.step("a machine starts with it, and gets a plain disk while it runs", () -> {
            MachineRecord started = quick.start(cloud.booting(quick.machine(offers.vault(), root)));
            GuestConsole.at(cloud.console()).awaitReady(PATIENCE);
            quick.plug(started, offers.silver(), town.fast());
            return started;
        });
        writesOn();
        proofs.require(
                web.state() == MachineRecord.State.RUNNING
                        && disks(web).size() == 2
                        && host(web).equals("node1"),
                "placed on " + host(web) + "; its guest has booted and writes");
        return web;
    }

    private String host(MachineRecord web) throws InterruptedException {
        return hvkit.inventory().hosts().stream()
                .filter(host -> web.host().filter(host.id()::equals).isPresent())
                .map(HostRecord::name)
                .findAny()
                .orElse("no host");
    }

    void grow(MachineRecord web) throws InterruptedException {
        VolumeRecord grown = proofs.step("the root grows under the guest", () -> quick.grow(root(web)));
        writesOn();
        proofs.require(grown.size().equals(QuickStart.GROWN), "it has " + grown.size() + "; the guest writes on");
    }

    void move(MachineRecord web) throws InterruptedException {
        VolumeRecord before = root(web);
        VolumeRecord moved = proofs.step("it moves live to another pool", () -> quick.move(before, town.big()));
        evidence.remember(moved.key().orElseThrow());
        writesOn();
        proofs.require(
                moved.place().pool().equals(town.big().id())
                        && !moved.key().equals(before.key())
                        && Files.notExists(cloud.file(town.fast(), before.place())),
                "it is in big, under another key; nothing of it is left in fast; the guest writes on");
    }

    void beRefused(MachineRecord web, TemplateRecord small, Offers offers) throws InterruptedException {
        Refusals refusals = proofs.step(
                "what the encryption matrix refuses, and what to do instead",
                () -> Refusals.of(
                        hvkit,
                        town,
                        new Refusals.Asked(
                                web.id(),
                                root(web).id(),
                                data(web).id(),
                                offers.silver().id(),
                                small.id())));
        proofs.show(refusals.toString());
        proofs.require(
                refusals.areAsSaid() && refusals.missed().isEmpty(),
                "each of its " + refusals.count() + " reasons was met, and nothing changed; not met: "
                        + refusals.missed());
    }

    /** Under the machine that has it. */
    void encryptData(MachineRecord web, Offers offers) throws InterruptedException {
        VolumeRecord encrypted = proofs.step(
                "the plain disk gets an offering that encrypts", () -> quick.encrypt(data(web), offers.gold()));
        evidence.remember(encrypted.key().orElseThrow());
        writesOn();
        proofs.require(
                encrypted.place().encryption().isPresent(),
                "it is encrypted under the machine that has it; its header: " + header(encrypted));
    }

    /** The power is cut: what was acknowledged must be there. */
    TemplateRecord capture(MachineRecord web) throws InterruptedException, IOException {
        VolumeRecord root = root(web);
        TemplateRecord golden = proofs.step(
                "the power is cut, and a template is made of the encrypted root",
                () -> quick.capture(web, root, town.fast()));
        evidence.remember(golden.key().orElseThrow());
        VolumeRecord.Place place = hvkit.templates().copies(golden.id()).get(0).place();
        RecordCheck check = evidence.recordsIn(town.fast(), place, golden.key().orElseThrow());
        proofs.require(check.holds() && !golden.key().equals(root.key()), "read with a key of its own: " + check);
        return golden;
    }

    void reinstall(MachineRecord web, TemplateRecord golden, Offers offers) throws InterruptedException, IOException {
        VolumeRecord old = root(web);
        proofs.step(
                "the machine is reinstalled from that template",
                () -> quick.reinstall(web, golden, offers.gold(), town.big()));
        VolumeRecord fresh = root(web);
        evidence.remember(fresh.key().orElseThrow());
        RecordCheck check =
                evidence.recordsIn(town.big(), fresh.place(), fresh.key().orElseThrow());
        Files.delete(cloud.console()); // the guest counts anew when it boots
        proofs.require(
                check.holds()
                        && !fresh.id().equals(old.id())
                        && !fresh.key().equals(old.key())
                        && hvkit.volumes().find(old.id()).isEmpty()
                        && Files.notExists(cloud.file(town.big(), old.place())),
                "its root is " + fresh.name() + ", under another key, with the same records; the old one is gone");
    }

    /** That the machine starts afterwards shows that its keys can still be opened. */
    void rotate(MachineRecord web) throws InterruptedException {
        SortedSet<String> before = evidence.auditor().masterKeys();
        int wrapped = proofs.step("the master key is rotated, and the machine starts", () -> {
            int count = quick.rotate(cloud.platform().masterKeys());
            hvkit.machines().start(web.id()).await();
            return count;
        });
        GuestConsole.at(cloud.console()).awaitReady(PATIENCE);
        writesOn();
        SortedSet<String> after = evidence.auditor().masterKeys();
        proofs.require(
                wrapped > 0 && after.size() == 1 && Collections.disjoint(before, after),
                wrapped
                        + " keys are wrapped by the new master key, none by the old one; the guest writes to its new root");
    }

    void count() throws InterruptedException {
        Books books = proofs.step("what is counted, beside what there is", () -> Books.of(quick.count(), hvkit));
        List<Drift> drift = hvkit.usage().drift();
        proofs.show(books.toString());
        proofs.require(books.agree() && drift.isEmpty(), "they are the same; counted anew it differs by " + drift);
    }

    void delete(MachineRecord web, List<TemplateRecord> templates, Offers offers) throws InterruptedException {
        proofs.step("all of it is deleted", () -> {
            quick.delete(web);
            for (TemplateRecord template : templates) {
                quick.delete(template);
            }
            quick.withdraw(offers);
            return web;
        });
        Books books = Books.of(quick.count(), hvkit);
        proofs.require(
                books.agree() && books.counted().isNone(),
                "nothing is counted for " + QuickStart.DEV + " any more, and there is nothing");
    }

    private List<VolumeRecord> disks(MachineRecord web) throws InterruptedException {
        List<VolumeRecord> disks = new ArrayList<>();
        for (RecordId<VolumeRecord> disk : hvkit.machines().disks(web.id())) {
            disks.add(hvkit.volumes().find(disk).orElseThrow());
        }
        return disks;
    }

    private VolumeRecord root(MachineRecord web) throws InterruptedException {
        return disks(web).get(0);
    }

    private VolumeRecord data(MachineRecord web) throws InterruptedException {
        return disks(web).get(1);
    }

    private void writesOn() throws InterruptedException {
        GuestConsole console = GuestConsole.at(cloud.console());
        console.awaitAcknowledged(console.acknowledged() + RECORDS, PATIENCE);
    }

    private static String header(VolumeRecord volume) {
        return volume.place()
                .encryption()
                .map(VolumeRecord.Encryption::attestation)
                .orElse("none");
    }
}
