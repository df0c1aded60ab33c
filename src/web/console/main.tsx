import './styles/frame.css';
import './styles/controls.css';
import './styles/messages.css';
import './styles/tables.css';
import './styles/workers.css';
import './styles/narrow.css';
import { createRoot } from 'react-dom/client';
import { takeTokenFromFragment } from '../token.js';
import { App } from './app.js';

const token = takeTokenFromFragment();
createRoot(document.getElementById('root') as HTMLElement).render(<App token={token} />);
