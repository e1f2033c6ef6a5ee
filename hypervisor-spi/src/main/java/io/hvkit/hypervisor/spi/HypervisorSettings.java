package io.hvkit.hypervisor.spi;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.internal.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings about hypervisor types that operators know, as text; an embedder keeps them where it keeps its settings.
 *
 * <ul>
 *   <li>{@value #CUSTOM_DISPLAY_NAME}: what people read for {@link HypervisorType#CUSTOM}; {@code Custom} if unset.
 *   <li>{@value #LIST}: the types to offer, by id, alias or display name, with commas between; all of them if unset or blank.
 * </ul>
 *
 * <p>A display name in the list stands for its type: when the type is renamed, by whatever way, exactly that entry reads as the
 * new name. Entries that are ids or aliases, the order and the blanks stay as they were written. Any number of threads may share
 * this.
 */
public final class HypervisorSettings {

    /** The name of the setting for the display name of {@link HypervisorType#CUSTOM}. */
    public static final String CUSTOM_DISPLAY_NAME = "hypervisor.custom.display.name";

    /** The name of the setting for the types to offer. */
    public static final String LIST = "hypervisor.list";

    private final HypervisorTypes types;
    private final List<String> problems = new ArrayList<>();
    private Optional<HypervisorType> named = Optional.empty();
    private Optional<String> refusedName = Optional.empty();
    private Optional<HypervisorList> list = Optional.empty();

    private HypervisorSettings(HypervisorTypes types) {
        this.types = types;
    }

    /**
     * Applies what is stored, which never fails: a display name that cannot be had is told in {@link #problems}, and the type
     * keeps the name it has. Call it when the plug-ins are there, so that the list finds their types.
     *
     * @param stored settings by name; others than these are passed over
     */
    public static HypervisorSettings load(HypervisorTypes types, Map<String, String> stored) {
        HypervisorSettings settings = new HypervisorSettings(types);
        String displayName = stored.get(CUSTOM_DISPLAY_NAME);
        if (displayName != null) {
            settings.loadDisplayName(displayName);
        }
        String text = stored.get(LIST);
        if (text != null) {
            settings.list = Optional.of(HypervisorList.parse(text, types));
        }
        return settings;
    }

    /**
     * Changes a setting and returns all of them as they are to be stored now, in one transaction: a rename changes the list too.
     *
     * <table>
     * <caption>Failures; nothing is changed</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such setting, or the value is not spelt as it must be</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the display name is a name of another type</td><td>{@code EXISTS_DIFFERENTLY}, naming both providers</td></tr>
     * <tr><td>the list has a new entry that is no type, with the nearest</td><td>{@code NOT_FOUND}</td></tr>
     * </table>
     *
     * @param name {@value #CUSTOM_DISPLAY_NAME} or {@value #LIST}
     */
    public synchronized SortedMap<String, String> set(String name, String value) {
        switch (name) {
            case CUSTOM_DISPLAY_NAME -> rename(value.strip());
            case LIST -> list = Optional.of(HypervisorList.parse(value, types).requireKnownBut(unknown(), types));
            default ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "there is no setting %s of hypervisor types; there are %s and %s",
                                Names.printable(name), CUSTOM_DISPLAY_NAME, LIST);
        }
        return values();
    }

    /** Returns the settings that are set, as they are to be stored now. */
    public synchronized SortedMap<String, String> values() {
        SortedMap<String, String> values = new TreeMap<>();
        refusedName
                .or(() -> named.flatMap(type -> types.find(type.id())).map(HypervisorType::displayName))
                .ifPresent(name -> values.put(CUSTOM_DISPLAY_NAME, name));
        list.ifPresent(text -> values.put(LIST, text.text(types)));
        return values;
    }

    /** Returns the types to offer, in the order of the list, each once; those that no plug-in brings are there as such. */
    public synchronized List<ResolvedType> offered() {
        return list.filter(text -> !text.isBlank())
                .map(text -> text.resolved(types))
                .orElseGet(() -> types.listWith(List.of()));
    }

    /** Returns whether a type is offered. */
    public boolean offers(HypervisorType type) {
        return offered().contains(new ResolvedType.Known(type));
    }

    /** Returns what was stored and could not be applied, for the operator. */
    public synchronized List<String> problems() {
        return List.copyOf(problems);
    }

    private List<String> unknown() {
        return list.map(HypervisorList::unknown).orElse(List.of());
    }

    private void rename(String displayName) {
        try {
            named = Optional.of(types.rename(HypervisorType.CUSTOM, displayName));
            refusedName = Optional.empty();
        } catch (IllegalArgumentException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("setting %s: %s", CUSTOM_DISPLAY_NAME, String.valueOf(e.getMessage()));
        }
    }

    private void loadDisplayName(String displayName) {
        try {
            rename(displayName.strip());
        } catch (DriverException e) {
            refusedName = Optional.of(displayName);
            problems.add(CUSTOM_DISPLAY_NAME + " was not applied: " + e.getMessage());
        }
    }
}
