package io.hvkit.engine;

import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Drift;
import io.hvkit.engine.usage.Resource;
import io.hvkit.storage.spi.chain.ChainLimit;
import java.io.IOException;
import java.util.List;

/** What a caller in chaos asks for that keeps a platform going. */
final class ChaosUpkeep {

    private static final int LONGEST_CHAIN = 5;

    private final ChaosWorld world;
    private final ChaosCaller caller;

    ChaosUpkeep(ChaosWorld world, ChaosCaller caller) {
        this.world = world;
        this.caller = caller;
    }

    void enlist() {
        caller.often(1, () -> counted("rotate", this::rotateMasterKey));
        caller.often(1, () -> counted("set", this::set));
        caller.often(1, () -> counted("limit", this::limit));
        caller.often(1, () -> counted("recount", this::recount));
        caller.often(2, () -> counted("recover", () -> caller.hvkit().recover()));
    }

    private void counted(String what, ChaosCaller.Deed deed) throws InterruptedException, IOException {
        world.log.asked(what);
        deed.run();
        world.log.count(what, "done");
    }

    private void rotateMasterKey() throws InterruptedException, IOException {
        if (caller.by(0.3)) {
            MasterKeyFile.addKey(world.keys);
        }
        int unused = caller.hvkit().keys().rewrap();
    }

    private void set() throws InterruptedException {
        ChainLimit longest = new ChainLimit(1 + caller.below(LONGEST_CHAIN));
        caller.hvkit().settings().set(StandardSettings.SNAPSHOT_DELTA_MAX, SettingScope.global(), longest);
        if (!caller.hvkit().settings().unknown().isEmpty()) {
            world.log.violation("nobody knows %s", caller.hvkit().settings().unknown());
        }
    }

    private void limit() throws InterruptedException {
        Account account = caller.one(ChaosCaller.ACCOUNTS);
        Usage usage = caller.hvkit().usage();
        if (caller.by(0.5)) {
            usage.limit(account, Resource.PRIMARY_STORAGE, ChaosWorld.SIZE.bytes() * caller.below(20));
        } else {
            usage.unlimit(account, Resource.PRIMARY_STORAGE);
        }
    }

    /** Counters are right at any moment, so that there is nothing to put right. */
    private void recount() throws InterruptedException {
        List<Drift> found = caller.hvkit().usage().correct();
        if (!found.isEmpty()) {
            world.log.violation("counters had gone astray: %s", found);
        }
    }
}
