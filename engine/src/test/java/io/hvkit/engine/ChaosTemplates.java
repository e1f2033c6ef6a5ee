package io.hvkit.engine;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.ChaosMemory.Fate;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.volume.VolumeRequest;
import java.io.IOException;
import java.util.Optional;

/** What a caller in chaos asks for with templates. */
final class ChaosTemplates {

    private static final int MANY = 5;
    private static final int MANY_VOLUMES = 20;

    private final ChaosWorld world;
    private final ChaosCaller caller;

    ChaosTemplates(ChaosWorld world, ChaosCaller caller) {
        this.world = world;
        this.caller = caller;
    }

    void enlist() {
        caller.often(2, this::load);
        caller.often(3, () -> caller.onOne(world.templates(), this::newVolume));
        caller.often(1, () -> caller.onVolume(this::capture));
        caller.often(1, () -> caller.onOne(world.templates(), this::delete));
    }

    private void load() throws InterruptedException, IOException {
        Optional<TemplateRecord> known = caller.hvkit().templates().named("debian");
        if (known.isEmpty()) {
            Fate fate = world.memory.template("debian");
            TemplateRequest request = world.template().ownedBy(fate.ownedBy(ChaosCaller.ACCOUNTS.get(0)));
            caller.ask("register debian", engine -> engine.templates().register(request));
            return;
        }
        TemplateRecord debian = known.get();
        PoolRecord pool = caller.one(world.pools);
        if (caller.by(0.3)) {
            caller.ask(
                    "upload debian to " + pool.name(),
                    engine -> engine.templates().upload(debian.id(), pool.id(), world.image));
        } else {
            caller.ask(
                    "download debian to " + pool.name(),
                    engine -> engine.templates().download(debian.id(), pool.id()));
        }
    }

    private void newVolume(TemplateRecord template) throws InterruptedException {
        if (caller.volumes().size() > MANY_VOLUMES) {
            return;
        }
        String called = world.newName("w");
        Fate fate = world.memory.volume(called);
        fate.mayHold(world.memory.template(template.name()));
        VolumeRequest request = caller.request(called);
        caller.askUnderKey(
                        "begin " + called + " with " + template.name(),
                        engine -> engine.templates().under("make-" + called).newVolume(template.id(), request))
                .ifPresent(made -> fate.acknowledge());
    }

    private void capture(VolumeRecord volume) throws InterruptedException {
        if (world.templates().size() > MANY) {
            caller.onOne(world.templates(), this::delete);
            return;
        }
        String called = world.newName("golden");
        Fate fate = world.memory.template(called);
        fate.mayHold(world.memory.volume(volume.name()));
        CaptureRequest closed =
                CaptureRequest.of(volume.id(), called, caller.one(world.pools).id());
        CaptureRequest open = caller.by(0.5) ? closed : closed.intoPlaintext();
        CaptureRequest request = caller.owner(fate).map(open::ownedBy).orElse(open);
        caller.askUnderKey(
                        "capture " + called + " of " + volume.name(),
                        engine -> engine.templates().under("capture-" + called).capture(request))
                .ifPresent(made -> {
                    fate.mayHold(world.memory.volume(volume.name()));
                    fate.acknowledge();
                });
    }

    private void delete(TemplateRecord template) throws InterruptedException {
        Fate fate = world.memory.template(template.name());
        fate.doom();
        caller.ask("drop " + template.name(), engine -> engine.templates().delete(template.id()));
    }
}
