package io.hvkit.catalog.jdbc.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Brings tables from one version to the next by numbered scripts. Each is run in one transaction with the row that says so; both databases
 * make tables in transactions, so that one that is interrupted has done nothing.
 */
public final class Migration {

    private static final List<String> NAMES = List.of(
            "V001__tables",
            "V002__copies",
            "V003__homes_and_credentials",
            "V004__settings_and_usage",
            "V005__machines",
            "V006__chains",
            "V007__template_copies",
            "V008__pool_clusters",
            "V009__snapshot_usage",
            "V010__reach",
            "V011__snapshot_policies",
            "V012__consistency",
            "V013__overlays");
    private static final String VERSIONS = "schema_version";

    /** A script, with the prefix in it. */
    record Script(int version, String name, List<String> statements) {}

    private final Dialect dialect;
    private final TablePrefix prefix;
    private final List<Script> scripts;

    /** Makes a migration by other scripts, the oldest first. */
    Migration(Dialect dialect, TablePrefix prefix, List<String> names, List<String> texts) {
        this.dialect = dialect;
        this.prefix = prefix;
        this.scripts = IntStream.range(0, names.size())
                .mapToObj(i -> script(i + 1, names.get(i), prefix.in(texts.get(i))))
                .toList();
    }

    /** Returns the migration of the catalog's own tables. */
    public static Migration of(Dialect dialect, TablePrefix prefix) {
        List<String> texts = NAMES.stream().map(name -> text(dialect, name)).toList();
        return new Migration(dialect, prefix, NAMES, texts);
    }

    private static String text(Dialect dialect, String name) {
        String resource = "db/" + dialect.folder() + "/" + name + ".sql";
        try (InputStream in = Migration.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw DriverException.because(Failure.DEFECT).message("the jar lacks the resource %s", resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A statement ends with a semicolon at the end of a line. */
    private static Script script(int version, String name, String text) {
        List<String> statements = new ArrayList<>(Arrays.stream(text.split(";\\s*\n", -1))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList());
        return new Script(version, name, statements);
    }

    /** Returns the scripts as one text each, with what notes that they were run. */
    public List<String> texts() {
        return scripts.stream()
                .map(script -> String.join(";\n\n", script.statements()) + ";\n\n" + noting(script) + ";\n")
                .toList();
    }

    private String noting(Script script) {
        return "INSERT INTO " + prefix.table(VERSIONS) + " (version, script) VALUES (" + script.version() + ", '"
                + script.name() + "')";
    }

    /** Runs the next script that is missing. Returns whether there may be more. */
    public boolean migrate(Session session) {
        long version = version(session);
        refuseNewer(version);
        if (version == scripts.size()) {
            return false;
        }
        Script next = scripts.get((int) version);
        for (String statement : next.statements()) {
            int unused = session.change(statement, List.of());
        }
        int unused = session.change(noting(next), List.of());
        return true;
    }

    /** Refuses tables that are missing, older or newer. */
    public boolean validate(Session session) {
        long version = version(session);
        refuseNewer(version);
        List<String> missing = new ArrayList<>();
        scripts.stream()
                .filter(script -> script.version() > version)
                .forEach(script -> missing.add("what the script " + script.name() + " makes"));
        if (missing.isEmpty()) {
            Mappings.ALL.forEach(mapping -> missing.addAll(missing(
                    session,
                    mapping.table(),
                    mapping.columns().stream().map(Column::name).toList())));
            missing.addAll(missing(session, SqlJournal.OBJECTS, SqlJournal.OBJECT_COLUMNS));
        }
        if (!missing.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the database lacks %s; open the catalog with MIGRATE, or run the scripts yourself",
                            String.join(", ", missing));
        }
        return false;
    }

    private List<String> missing(Session session, String table, List<String> columns) {
        String name = prefix.table(table);
        Set<String> there = dialect.columns(session, name);
        if (there.isEmpty()) {
            return List.of("the table " + name);
        }
        return columns.stream()
                .filter(column -> !there.contains(column))
                .map(column -> "the column " + name + "." + column)
                .toList();
    }

    /** Refuses tables that a newer version made. */
    public boolean refuseNewer(Session session) {
        refuseNewer(version(session));
        return false;
    }

    private void refuseNewer(long version) {
        if (version > scripts.size()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "the tables %s* have version %s, and this version of HVKit knows %s at most; use a newer"
                                    + " one",
                            prefix.value(), version, scripts.size());
        }
    }

    private long version(Session session) {
        if (dialect.columns(session, prefix.table(VERSIONS)).isEmpty()) {
            return 0;
        }
        return session.query(
                        "SELECT COALESCE(MAX(version), 0) AS version FROM " + prefix.table(VERSIONS),
                        List.of(),
                        row -> row.number("version"))
                .get(0);
    }
}
