/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.transactionscope.test;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.transactionscope.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Makes resources fail on purpose in a test, when they are acquired, in the body that
 * uses them or when they are released, and tells what became of each.
 *
 * <pre class="code">
 * ResourceFaults faults = new ResourceFaults();
 * Export export = new Export(faults.watch("lock", lock), faults.watch("file", FileResources.atomicFile(target)));
 * faults.release("file").fails(new IOException("disk full"));
 *
 * assertThatIOException().isThrownBy(() -&gt; export.run());
 * assertThat(faults.released()).containsExactly("file", "lock");
 * assertThat(faults.held()).isEmpty();
 * </pre>
 *
 * <p>
 * A watched resource does all that the real one does: it may be entered anywhere, be part
 * of others, and be entered several times at once. In an application's context, have all
 * resource beans watched, each under its bean's name; who is given one must take it as a
 * {@link Resource}, and not as a type of its own: <pre class="code">
 * &#64;Bean
 * static BeanPostProcessor watching(ResourceFaults faults) {
 *     return new BeanPostProcessor() {
 *
 *         &#64;Override
 *         public Object postProcessAfterInitialization(Object bean, String name) {
 *             return (bean instanceof Resource&lt;?&gt; resource) ? faults.watch(name, resource) : bean;
 *         }
 *
 *     };
 * }
 * </pre>
 *
 * <p>
 * May be used by several threads at once. Keep one for each test, or {@link #clear()} it
 * after each.
 *
 * @since 0.1.0
 */
public final class ResourceFaults {

	private final Set<String> names = ConcurrentHashMap.newKeySet();

	private final List<InjectedFault> faults = new CopyOnWriteArrayList<>();

	private final List<ResourceEvent> events = new ArrayList<>();

	private final List<WatchedEntry> held = new ArrayList<>();

	/**
	 * Create faults that watch nothing yet.
	 */
	public ResourceFaults() {
	}

	/**
	 * Return a resource that can be made to fail, and whose entries and releases are
	 * kept.
	 * @param <T> the type of the resource's value
	 * @param name what to call it in the test; resources of the same name fail together
	 * @param resource the real one
	 * @return a resource that acquires and releases the real one
	 */
	public <T extends @Nullable Object> Resource<T> watch(String name, Resource<T> resource) {
		Objects.requireNonNull(name, "name must not be null");
		Objects.requireNonNull(resource, "resource must not be null");
		this.names.add(name);
		return new WatchedResource<>(this, name, resource);
	}

	/**
	 * Choose the acquisition of a resource. What happens there comes before the real
	 * resource is acquired, which it is not if that fails.
	 * @param name the name under which the resource is watched
	 * @return the point, at which to say what happens
	 * @throws IllegalArgumentException if no resource of that name is watched
	 */
	public FaultPoint acquisition(String name) {
		return point(InjectedFault.Phase.ACQUISITION, name);
	}

	/**
	 * Choose the body, where it gets the value of a resource: the resource is acquired,
	 * and its scope is going to release it. If what happens there fails, {@code enter}
	 * throws that, as the next statement of the body might. Where the resource is a part
	 * of another one, the entry of that one fails.
	 * @param name the name under which the resource is watched
	 * @return the point, at which to say what happens
	 * @throws IllegalArgumentException if no resource of that name is watched
	 */
	public FaultPoint body(String name) {
		return point(InjectedFault.Phase.BODY, name);
	}

	/**
	 * Choose the release of a resource. What happens there comes before the real resource
	 * is released, which it is in any case, so that nothing is left behind; if it fails,
	 * the release fails afterwards.
	 * @param name the name under which the resource is watched
	 * @return the point, at which to say what happens
	 * @throws IllegalArgumentException if no resource of that name is watched
	 */
	public FaultPoint release(String name) {
		return point(InjectedFault.Phase.RELEASE, name);
	}

	private FaultPoint point(InjectedFault.Phase phase, String name) {
		Objects.requireNonNull(name, "name must not be null");
		if (!this.names.contains(name)) {
			throw new IllegalArgumentException(
					"No resource is watched as '" + name + "', but " + this.names + ": watch(...) it first");
		}
		return new FaultPoint(this.faults, phase, name, 0);
	}

	/**
	 * Return all that happened to the watched resources so far.
	 * @return a copy, in order
	 */
	public List<ResourceEvent> events() {
		synchronized (this.events) {
			return List.copyOf(this.events);
		}
	}

	/**
	 * Return the releases so far, with the outcome that each got to see.
	 * @return a copy, in order
	 */
	public List<ResourceEvent.Released> releases() {
		return events().stream()
			.filter(ResourceEvent.Released.class::isInstance)
			.map(ResourceEvent.Released.class::cast)
			.toList();
	}

	/**
	 * Return the names of what was released so far.
	 * @return a copy, in order
	 */
	public List<String> released() {
		return releases().stream().map(ResourceEvent::name).toList();
	}

	/**
	 * Return the names of what is acquired and whose release has not ended: at the end of
	 * a test, what it has leaked.
	 * @return a copy, in the order of acquisition
	 */
	public List<String> held() {
		synchronized (this.events) {
			return this.held.stream().map(WatchedEntry::name).toList();
		}
	}

	/**
	 * Have nothing fail any more, let go on what {@linkplain FaultPoint#hangs() hangs},
	 * and forget all that has happened. Resources stay watched, and what is held is held.
	 */
	public void clear() {
		this.faults.forEach(InjectedFault::clear);
		this.faults.clear();
		synchronized (this.events) {
			this.events.clear();
		}
	}

	void reach(InjectedFault.Phase phase, String name) throws Exception {
		List<InjectedFault> due = new ArrayList<>(0);
		for (InjectedFault each : this.faults) {
			if (each.isDueAt(phase, name)) {
				due.add(each);
			}
		}
		for (InjectedFault each : due) {
			each.happen();
		}
	}

	void happened(ResourceEvent event) {
		synchronized (this.events) {
			this.events.add(event);
		}
	}

	void acquired(WatchedEntry entry) {
		synchronized (this.events) {
			this.events.add(new ResourceEvent.Acquired(entry.name(), Thread.currentThread()));
			this.held.add(entry);
		}
	}

	void ended(WatchedEntry entry) {
		synchronized (this.events) {
			this.held.remove(entry);
		}
	}

}
