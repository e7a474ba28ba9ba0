import { useRoute } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import { nextTick, onMounted, watch } from 'vue'
import './style.css'

/** Scrolls the sidebar, which is long beside a code, to the page that is shown. */
function showPageInSidebar() {
  document.querySelector('.VPSidebar .is-active.is-link')?.scrollIntoView({ block: 'nearest' })
}

export default {
  extends: DefaultTheme,
  setup() {
    const route = useRoute()
    onMounted(showPageInSidebar)
    watch(() => route.path, () => nextTick(showPageInSidebar))
  },
}
